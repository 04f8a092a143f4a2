/**
 * Metrics for Prometheus. Counts on the message path are plain numbers, read out when somebody asks. Labels are
 * names from the configuration and from fixed lists, never anything that a peer sent.
 */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Counters } from '../transport/index.js';

export class Metrics {
  readonly registry = new Registry();
  readonly #events = new Map<string, number>();
  readonly #outcomes = new Map<string, number>();

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    this.#counter(
      'prepaid_switch_link_events_total',
      'What happened on links',
      ['event', 'link'],
      this.#events,
    );
    this.#counter(
      'prepaid_switch_requests_total',
      'Requests by service and outcome',
      ['service', 'reason'],
      this.#outcomes,
    );
  }

  /** For transport and suppliers. */
  readonly counters: Counters = {
    add: (name, link, n = 1) => bump(this.#events, `${name}|${link}`, n),
  };

  countOutcome(service: string, reason: string): void {
    bump(this.#outcomes, `${service}|${reason}`, 1);
  }

  /** Totals by event and link, as `event|link`. */
  events(): ReadonlyMap<string, number> {
    return this.#events;
  }

  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async (): Promise<void> => gauge.set(await read()),
    });
  }

  #counter(name: string, help: string, labelNames: [string, string], values: Map<string, number>): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect(): void {
        counter.reset();
        for (const [labels, value] of values) counter.labels(...labels.split('|')).inc(value);
      },
    });
  }
}

function bump(values: Map<string, number>, key: string, n: number): void {
  values.set(key, (values.get(key) ?? 0) + n);
}
