import fs from 'node:fs';
import t from 'tap';
import { HubMetrics } from '../../src/app/hub/metrics.js';
import { Metrics } from '../../src/app/metrics.js';

for (const [who, { registry }] of [
  ['a switch', new Metrics()],
  ['a hub', new HubMetrics()],
] as const)
  t.test(`a scrape of ${who} lists none of its sockets on the thread that serves them`, async (t) => {
    const handles = t.capture(process as never, '_getActiveHandles' as never);
    const resources = t.capture(process, 'getActiveResourcesInfo');
    const folders = t.capture(fs, 'readdirSync');
    const text = await registry.metrics();
    t.same([...handles(), ...resources(), ...folders()], []);
    t.match(text, /^process_open_fds [1-9]\d*$/m, 'and still tells how many descriptors it has open');
    t.match(text, /^process_resident_memory_bytes [1-9]/m);
    t.notMatch(text, /nodejs_active_/);
  });
