/**
 * How a simulated supplier behaves, the same for both kinds. The last two digits of the account choose
 * (below 80: approve); a script set over the control port (POST /sim/behaviour) goes first. The amount
 * chooses a refusal. A behaviour is about the answer to an order; what happens to the value is said here.
 * Maximum: SCRIPT_MAX scripted steps.
 */
import { SafeError } from '../../base/errors.js';

export const BEHAVIOURS = {
  approve: 'gives the value and answers',
  delay: 'gives the value and answers after delayMs',
  drop: 'gives the value, never answers',
  ignore: 'does nothing, never answers',
  'hang-up': 'gives the value, then closes the connection without an answer',
  twice: 'gives the value once, answers twice',
  other: 'gives the value, answers with the reference of somebody else',
  'wrong-amount': 'gives the value, answers with another amount',
  garbage: 'gives the value, answers with what cannot be read',
  oversize: 'gives the value, answers with more than anyone takes',
  fault: 'does nothing, answers with a malfunction (HTTP 500, DE39 96)',
  'fault-after': 'gives the value, answers with a malfunction (HTTP 500, DE39 96)',
  unavailable: 'does nothing, and says so (HTTP 422 with reason maintenance, DE39 91)',
  busy: 'does nothing, answers with an error that does not say so (HTTP 503, DE39 68)',
  processing: 'says that it is in progress (HTTP 202, DE39 09), gives the value after delayMs',
} as const;

export type BehaviourName = keyof typeof BEHAVIOURS;

export interface Behaviour {
  readonly name: BehaviourName;
  readonly delayMs: number;
}

const DEFAULT_DELAY_MS = 1_000;
const SCRIPT_MAX = 10_000;

/** The account's last two digits -> behaviour. */
export const BY_ACCOUNT: Readonly<Record<string, Behaviour>> = {
  '80': { name: 'delay', delayMs: 1_000 },
  '81': { name: 'delay', delayMs: 3_000 },
  '82': { name: 'delay', delayMs: 30_000 },
  '83': { name: 'drop', delayMs: 0 },
  '84': { name: 'ignore', delayMs: 0 },
  '85': { name: 'hang-up', delayMs: 0 },
  '86': { name: 'twice', delayMs: 0 },
  '87': { name: 'other', delayMs: 0 },
  '88': { name: 'wrong-amount', delayMs: 0 },
  '89': { name: 'garbage', delayMs: 0 },
  '90': { name: 'oversize', delayMs: 0 },
  '91': { name: 'fault', delayMs: 0 },
  '92': { name: 'fault-after', delayMs: 0 },
  '93': { name: 'unavailable', delayMs: 0 },
  '94': { name: 'busy', delayMs: 0 },
  '95': { name: 'processing', delayMs: 1_000 },
};

/** Amount in minor units -> how it is refused, over HTTP and in DE39. All lie in the steps of a top-up. */
export const BY_AMOUNT: ReadonlyMap<number, { readonly word: string; readonly code: string }> = new Map([
  [8_800, { word: 'suspended', code: '87' }],
  [8_900, { word: 'cancelled', code: '46' }],
  [9_100, { word: 'unknown-account', code: '14' }],
  [9_200, { word: 'blocked', code: '62' }],
  [9_300, { word: 'limit', code: '86' }],
  [9_400, { word: 'invalid-amount', code: '13' }],
  [9_500, { word: 'frequency-limit', code: '65' }],
  [9_600, { word: 'out-of-stock', code: '84' }],
  [9_700, { word: 'other', code: '05' }],
  [9_800, { word: 'maintenance', code: '92' }],
]);

const ASKED = ['order', 'reversal', 'inquiry', 'network'] as const;

/** What a step is for; `network` is sign-on and echo. */
export type Asked = (typeof ASKED)[number];

interface Step {
  readonly on: Asked;
  readonly behaviour: Behaviour;
  /** How many requests it is still for. */
  times: number;
}

const APPROVE: Behaviour = { name: 'approve', delayMs: 0 };

/** What to do next: scripted steps in their order, then the account's digits. */
export class Script {
  #steps: Step[] = [];

  /** `times` requests of kind `on` will meet `name`. Throws SafeError on an unknown name. */
  add(name: string, on: string, times: number, delayMs: number = DEFAULT_DELAY_MS): void {
    if (!Object.hasOwn(BEHAVIOURS, name)) {
      throw new SafeError(`behaviour: one of ${Object.keys(BEHAVIOURS).join(', ')}`);
    }
    const asked = ASKED.find((word) => word === on);
    if (asked === undefined) throw new SafeError(`on: one of ${ASKED.join(', ')}`);
    if (!Number.isSafeInteger(times) || times < 1 || !Number.isSafeInteger(delayMs) || delayMs < 0) {
      throw new SafeError('times and delayMs: whole numbers');
    }
    if (this.#steps.length >= SCRIPT_MAX) throw new SafeError(`at most ${SCRIPT_MAX} steps`);
    this.#steps.push({ on: asked, behaviour: { name: name as BehaviourName, delayMs }, times });
  }

  clear(): void {
    this.#steps = [];
  }

  next(on: Asked, account: string): Behaviour {
    const index = this.#steps.findIndex((step) => step.on === on);
    const step = this.#steps[index];
    if (step !== undefined) {
      step.times -= 1;
      if (step.times === 0) this.#steps.splice(index, 1);
      return step.behaviour;
    }
    return (on === 'order' ? BY_ACCOUNT[account.slice(-2)] : undefined) ?? APPROVE;
  }
}

/** The tables, as text for --help. */
export function describeBehaviours(): string {
  const lines = ['Account ends in:', '  00-79  approve: gives the value and answers'];
  for (const [digits, { name, delayMs }] of Object.entries(BY_ACCOUNT)) {
    lines.push(`  ${digits}     ${name}${delayMs > 0 ? ` ${delayMs} ms` : ''}: ${BEHAVIOURS[name]}`);
  }
  lines.push('Amount in minor units, refused with:');
  for (const [amount, { word, code }] of BY_AMOUNT) lines.push(`  ${amount}   ${word} (DE39 ${code})`);
  return lines.join('\n');
}
