/** What can be seen of a switch from outside: its counters, its memory, whether it says that it is ready. */
import { metricsOf, residentBytes } from '../../../test/support/attack.js';
import type { TestSwitch } from '../../../test/support/process.js';

const LINK = 'ascii';
const SAMPLE_MS = 200;
const MEBIBYTE = 1_048_576;

export type Counts = ReadonlyMap<string, number>;

export class Observed {
  readonly #running: TestSwitch;
  readonly #timer: NodeJS.Timeout;
  #mostBytes = 0;

  constructor(running: TestSwitch) {
    this.#running = running;
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  get #admin(): number {
    return this.#running.ports.admin ?? 0;
  }

  /** Of its link, by event. */
  async counts(): Promise<Counts> {
    const events = [...(await metricsOf(this.#admin))].flatMap(([name, value]) => {
      const event = /^prepaid_switch_link_events_total\{event="([^"]+)",link="([^"]+)"\}$/.exec(name);
      return event?.[1] && event[2] === LINK ? [[event[1], value] as const] : [];
    });
    return new Map(events);
  }

  /** The most memory since it was last asked, MiB. */
  takeMemory(): number {
    this.#sample();
    const most = this.#mostBytes;
    this.#mostBytes = 0;
    return Math.round(most / MEBIBYTE);
  }

  async isReady(): Promise<boolean> {
    return (await fetch(`http://127.0.0.1:${this.#admin}/readyz`)).ok;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    const { child } = this.#running;
    if (child.process.exitCode === null && child.process.signalCode === null)
      this.#mostBytes = Math.max(this.#mostBytes, residentBytes(child.process.pid));
  }
}
