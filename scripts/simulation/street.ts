/** Between terminals and a switch: messages are lost, late and doubled, each answer is looked at as it leaves. */
import type { Chance } from '../../src/base/chance.js';
import type { Outcome } from '../../src/domain/outcome.js';
import type { ServiceRequest } from '../../src/domain/request.js';
import type { SimulatedDatabase } from './database.js';
import { answerFault } from './invariants.js';
import type { SwitchProcess } from './process.js';
import type { VirtualTime } from './time.js';

export interface StreetOptions {
  readonly time: VirtualTime;
  readonly chance: Chance;
  readonly database: SimulatedDatabase;
  /** How probable it is that a message is lost. */
  readonly lossy: number;
  readonly isCalm: () => boolean;
  /** The switch that runs now. */
  readonly process: () => SwitchProcess | undefined;
  readonly note: (line: string) => void;
  readonly violated: (what: string) => void;
  /** What a mutant makes of a request. */
  readonly seen?: (request: ServiceRequest, socket: number) => ServiceRequest;
}

export class Street {
  readonly #options: StreetOptions;

  constructor(options: StreetOptions) {
    this.#options = options;
  }

  send(request: ServiceRequest, socket: number, tell: (outcome: Outcome) => void): void {
    const { isCalm, chance } = this.#options;
    this.#carry(request, socket, tell);
    // Now and then a line sends twice what it was given once.
    if (!isCalm() && chance.next() < 0.05) this.#carry(request, socket, tell);
  }

  #carry(request: ServiceRequest, socket: number, tell: (outcome: Outcome) => void): void {
    const { time, process, note, seen } = this.#options;
    const [isLost, isAnswerLost] = [this.#isLost(), this.#isLost()];
    const [there, back] = [this.#delay(), this.#delay()];
    if (isLost) return;
    time.after(there, () => {
      const answer = process()?.handle(seen?.(request, socket) ?? request);
      note(answer ? `${nameOf(request)} arrives` : `${nameOf(request)} finds nobody`);
      void answer?.then((outcome) => {
        if (!outcome) return;
        this.#look(request, outcome);
        if (!isAnswerLost) time.after(back, () => tell(outcome));
      });
    });
  }

  #look(request: ServiceRequest, outcome: Outcome): void {
    const { database, note, violated } = this.#options;
    note(`${nameOf(request)} is answered ${outcome.reason} ${outcome.pins[0]?.serial ?? ''}`);
    const { terminal, stan } = identityOf(request);
    const fault = answerFault(database, { kind: request.kind, terminal, stan }, outcome);
    if (fault !== undefined) violated(fault);
  }

  #isLost(): boolean {
    const { isCalm, chance, lossy } = this.#options;
    return !isCalm() && chance.next() < lossy;
  }

  /** Most are quick; a few are later than anybody waits. */
  #delay(): number {
    const { isCalm, chance } = this.#options;
    if (isCalm()) return 20;
    return chance.next() < 0.1 ? chance.next() * 40_000 : chance.next() * 200;
  }
}

function identityOf(request: ServiceRequest): { readonly terminal: string; readonly stan: string } {
  return (request as { identity: { terminal: string; stan: string } }).identity;
}

function nameOf(request: ServiceRequest): string {
  const { terminal, stan } = identityOf(request);
  return `${request.kind} ${terminal}/${stan}`;
}
