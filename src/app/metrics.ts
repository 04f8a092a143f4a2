/**
 * Metrics for Prometheus. Counts on the message path are plain numbers, read out when somebody asks. Labels are
 * names from the configuration and from fixed lists, never anything that a peer sent.
 */
import { Counter, Gauge, Registry } from 'prom-client';
import type { Counters } from '../transport/index.js';
import { collectProcessMetrics } from './processMetrics.js';

/** Counts by two labels. */
type Tally = Map<string, Map<string, number>>;

export class Metrics {
  readonly registry = new Registry();
  readonly #events: Tally = new Map();
  readonly #outcomes: Tally = new Map();

  constructor() {
    collectProcessMetrics(this.registry);
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
    add: (name, link, n = 1) => bump(this.#events, name, link, n),
  };

  countOutcome(service: string, reason: string): void {
    bump(this.#outcomes, service, reason, 1);
  }

  gauge(name: string, help: string, read: () => number | Promise<number>): void {
    const gauge: Gauge = new Gauge({
      name,
      help,
      registers: [this.registry],
      collect: async (): Promise<void> => gauge.set(await read()),
    });
  }

  /** One value for each of a label's values, all read at once; those that are gone are no longer told. */
  gauges(
    name: string,
    help: string,
    label: string,
    read: () => Promise<Iterable<readonly [string, number]>>,
  ): void {
    const gauge: Gauge<string> = new Gauge({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      collect: async (): Promise<void> => {
        const values = await read();
        gauge.reset();
        for (const [value, count] of values) gauge.labels(value).set(count);
      },
    });
  }

  #counter(name: string, help: string, labelNames: [string, string], tally: Tally): void {
    const counter: Counter = new Counter({
      name,
      help,
      labelNames,
      registers: [this.registry],
      collect(): void {
        counter.reset();
        for (const [first, seconds] of tally) {
          for (const [second, value] of seconds) counter.labels(first, second).inc(value);
        }
      },
    });
  }
}

function bump(tally: Tally, first: string, second: string, n: number): void {
  let values = tally.get(first);
  if (!values) {
    values = new Map();
    tally.set(first, values);
  }
  values.set(second, (values.get(second) ?? 0) + n);
}
