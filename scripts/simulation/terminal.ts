/**
 * A terminal on the virtual network: sends, repeats what is not answered, reverses what stays unanswered and now and then
 * what was approved, and insists on its reversals. It notes what it was told.
 */
import type { Chance } from '../../src/base/chance.js';
import type { Outcome } from '../../src/domain/outcome.js';
import type { Identity, ServiceRequest } from '../../src/domain/request.js';
import type { VirtualTime } from './time.js';

/** How a request is put on the way; `tell` may be called late, twice, or never. */
export type Send = (request: ServiceRequest, socket: number, tell: (outcome: Outcome) => void) => void;

export interface Deal {
  readonly stan: string;
  readonly terminal: string;
  readonly kind: 'stock' | 'issued' | 'credit';
  /** What the terminal was told first; undefined where nothing. */
  approved: boolean | undefined;
  /** Serial of the PIN that it was told. */
  serial: string;
  /** It asked to undo it, and was told that this is done. */
  reversing: boolean;
  reversed: boolean;
}

export interface TerminalOptions {
  readonly name: string;
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly send: Send;
  /** The number of a new connection. */
  readonly newSocket: () => number;
  readonly answerMs: number;
  readonly deals: number;
  /** At most so long before each deal, milliseconds. */
  readonly thinkMsMax: number;
  /** What it buys, each as likely as it stands here. */
  readonly kinds: readonly Deal['kind'][];
  /** Told what is wrong, in words. */
  readonly violated: (what: string) => void;
}

const REPEATS_MAX = 2;
const REVERSAL_WAIT_MS = 15_000;
const AMOUNT = 1_000;

export class VirtualTerminal {
  readonly deals: Deal[] = [];
  readonly #options: TerminalOptions;
  #socket = 0;
  #left: number;
  isDone = false;

  constructor(options: TerminalOptions) {
    this.#options = options;
    this.#left = options.deals;
  }

  start(): void {
    const { time, chance, thinkMsMax } = this.#options;
    if (this.#left === 0) {
      this.isDone = true;
      return;
    }
    this.#left -= 1;
    time.after(chance.next() * thinkMsMax, () => this.#deal());
  }

  #deal(): void {
    const { name, chance, kinds } = this.#options;
    const kind = kinds[chance.pick(kinds.length)] ?? 'stock';
    const stan = String(this.deals.length + 1).padStart(6, '0');
    const deal: Deal = {
      ...{ stan, terminal: name, kind },
      ...{ approved: undefined, serial: '', reversing: false, reversed: false },
    };
    this.deals.push(deal);
    this.#ask(deal, 0);
  }

  #ask(deal: Deal, repeats: number): void {
    const { time, send, answerMs, chance } = this.#options;
    let isOver = false;
    send(requestOf(deal), this.#socket, (outcome) => {
      // A late answer to a request that was given up changes nothing; nor does that it is under way.
      if (isOver || deal.reversing || outcome.reason === 'in-progress') return;
      isOver = true;
      cancel();
      this.#told(deal, outcome);
    });
    const cancel = time.after(answerMs, () => {
      if (isOver) return;
      isOver = true;
      if (chance.next() < 0.5) this.#socket = this.#options.newSocket();
      if (repeats < REPEATS_MAX && chance.next() < 0.7) this.#ask(deal, repeats + 1);
      else this.#reverse(deal);
    });
  }

  #told(deal: Deal, { reason, pins }: Outcome): void {
    const { chance, violated } = this.#options;
    const approved = reason === 'approved';
    const serial = pins[0]?.serial ?? '';
    if (approved && deal.kind !== 'credit' && serial === '')
      violated(`${nameOf(deal)} was approved without a PIN`);
    deal.approved = approved;
    deal.serial = serial;
    if (approved && chance.next() < 0.15) this.#reverse(deal);
    else this.start();
  }

  #reverse(deal: Deal): void {
    const { time, send } = this.#options;
    deal.reversing = true;
    let isOver = false;
    send(reversalOf(deal), this.#socket, ({ reason }) => {
      if (isOver) return;
      isOver = true;
      // Malfunction, and whatever says that it may go later, is asked again.
      if (reason === 'malfunction' || reason === 'in-progress')
        return void time.after(REVERSAL_WAIT_MS, () => this.#reverse(deal));
      cancel();
      deal.reversed = reason === 'approved' || reason === 'original-not-found';
      this.start();
    });
    const cancel = time.after(REVERSAL_WAIT_MS, () => {
      if (isOver) return;
      isOver = true;
      this.#reverse(deal);
    });
  }
}

export function nameOf({ terminal, stan, kind }: Deal): string {
  return `${kind} ${terminal}/${stan}`;
}

export function accountOf({ terminal, stan }: Pick<Deal, 'terminal' | 'stan'>): string {
  return `555${terminal.slice(-2)}${stan}`;
}

function identityOf({ terminal, stan }: Deal, messageClass: string, content: string): Identity {
  return {
    ...{ acquirer: '000001', merchant: 'SHOP', terminal, messageClass, stan, rrn: '' },
    ...{
      localDate: '20260301',
      localTime: '120000',
      transmittedAt: '0301120000',
      content,
      contentIsSensitive: false,
    },
  };
}

function requestOf(deal: Deal): ServiceRequest {
  const shared = { provider: '', region: '', amount: AMOUNT, currency: '840' };
  const identity = identityOf(deal, '2', deal.kind);
  if (deal.kind === 'credit')
    return {
      kind: 'account-credit',
      identity,
      product: 'TOPUP',
      account: accountOf(deal),
      reference: '',
      ...shared,
    };
  return {
    kind: 'pin-sale',
    identity,
    product: deal.kind === 'stock' ? 'TALK10' : 'ISSUED',
    quantity: 1,
    ...shared,
  };
}

function reversalOf(deal: Deal): ServiceRequest {
  const { stan } = deal;
  return {
    kind: 'reversal',
    identity: identityOf({ ...deal, stan: `9${stan.slice(1)}` }, '4', stan),
    original: {
      ...{ messageClass: '2', stan, transmittedAt: '0301120000', localDate: '', localTime: '' },
      ...{ acquirer: '000001', rrn: '', approvalCode: '', account: '' },
    },
    amount: AMOUNT,
  };
}
