/**
 * What the process tells of itself: prom-client's default metrics, but for those that cost more the more connections are
 * open. They list every socket on the thread that serves them all: with 10,000 open, a scrape held up sales for tens of
 * milliseconds.
 */
import { readdir } from 'node:fs/promises';
import { collectDefaultMetrics, Gauge, type Registry } from 'prom-client';

const DESCRIPTORS = '/proc/self/fd';
const OPEN_FDS = 'process_open_fds';
const LISTING_SOCKETS = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  OPEN_FDS,
];

export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
  for (const name of LISTING_SOCKETS) registry.removeSingleMetric(name);
  // Told all the same, read on another thread; on a system without the folder, as before, without a value.
  new Gauge({
    name: OPEN_FDS,
    help: 'Number of open file descriptors.',
    registers: [registry],
    async collect(): Promise<void> {
      const entries = await readdir(DESCRIPTORS).catch(() => []);
      // Less the one that the folder was read by.
      if (entries.length > 0) this.set(entries.length - 1);
    },
  });
}
