/**
 * How a simulated vendor behaves. A plan says how it delivers the orders that it accepts from now on; scripted steps
 * (POST /sim/behaviour) say what the next requests meet. Maximum: SCRIPT_MAX steps.
 */
import { SafeError } from '../../base/errors.js';

/** How an order is delivered. */
export interface DeliveryPlan {
  /** From the order to its first delivery, and between two. */
  readonly delayMs: number;
  readonly partMs: number;
  readonly parts: number;
  /** Deliveries that are listed a second time, under another id. */
  readonly repeats: number;
  /** PINs issued before that each delivery brings besides its own. */
  readonly known: number;
}

export const AT_ONCE: DeliveryPlan = { delayMs: 0, partMs: 0, parts: 1, repeats: 0, known: 0 };
const PLAN_MAX = 1_000_000_000;

export const VENDOR_BEHAVIOURS = {
  answer: 'does what is asked, and answers',
  delay: 'does what is asked, and answers after delayMs',
  refuse: 'refuses the order for good (order)',
  'hang-up': 'does what is asked, then closes the connection without an answer',
  ignore: 'does nothing, never answers',
  busy: 'does nothing, answers HTTP 503',
  garbage: 'does what is asked, answers with what cannot be read',
  oversize: 'does what is asked, answers with more than anyone takes',
  unknown: 'says that it does not know the order (look, batch)',
  checksum: 'sends a batch that is not that of its checksum (batch)',
  die: 'does what is asked, and ends at once without an answer',
} as const;
export type VendorBehaviour = keyof typeof VENDOR_BEHAVIOURS;

const ASKED = ['order', 'look', 'batch'] as const;
export type VendorAsked = (typeof ASKED)[number];

export interface VendorStep {
  readonly behaviour: VendorBehaviour;
  readonly delayMs: number;
}

const ANSWER: VendorStep = { behaviour: 'answer', delayMs: 0 };
const DEFAULT_DELAY_MS = 1_000;
const SCRIPT_MAX = 10_000;

export class VendorScript {
  plan: DeliveryPlan;
  #steps: { readonly on: VendorAsked; readonly step: VendorStep; times: number }[] = [];

  constructor(plan: DeliveryPlan) {
    this.plan = plan;
  }

  /** Members that are left out stay as they are. Throws SafeError on what is no plan. */
  change(members: Readonly<Record<string, unknown>>): void {
    const plan = { ...this.plan, ...members };
    for (const [name, value] of Object.entries(plan)) {
      const known = Object.hasOwn(AT_ONCE, name);
      if (!known) throw new SafeError(`plan: members are ${Object.keys(AT_ONCE).join(', ')}`);
      if (!isWhole(value) || value > PLAN_MAX) throw new SafeError(`plan: ${name}: a whole number`);
    }
    if (plan.parts < 1) throw new SafeError('plan: parts: at least 1');
    this.plan = plan;
  }

  /** The next `times` requests of kind `on` will meet it. Throws SafeError on an unknown name. */
  add(behaviour: string, on: string, times: number, delayMs: number = DEFAULT_DELAY_MS): void {
    const names = Object.keys(VENDOR_BEHAVIOURS) as VendorBehaviour[];
    const name = names.find((one) => one === behaviour);
    if (!name) throw new SafeError(`behaviour: one of ${names.join(', ')}`);
    const asked = ASKED.find((one) => one === on);
    if (!asked) throw new SafeError(`on: one of ${ASKED.join(', ')}`);
    if (!isWhole(times) || times < 1 || !isWhole(delayMs))
      throw new SafeError('times and delayMs: whole numbers');
    if (this.#steps.length >= SCRIPT_MAX) throw new SafeError(`at most ${SCRIPT_MAX} steps`);
    this.#steps.push({ on: asked, step: { behaviour: name, delayMs }, times });
  }

  clear(): void {
    this.#steps = [];
  }

  next(on: VendorAsked): VendorStep {
    const index = this.#steps.findIndex((one) => one.on === on);
    const found = this.#steps[index];
    if (!found) return ANSWER;
    found.times -= 1;
    if (found.times === 0) this.#steps.splice(index, 1);
    return found.step;
  }
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** For --help. */
export function describeVendorBehaviours(): string {
  return Object.entries(VENDOR_BEHAVIOURS)
    .map(([name, what]) => `  ${name.padEnd(10)} ${what}`)
    .join('\n');
}
