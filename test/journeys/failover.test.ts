/**
 * T7: the primary's machine is lost under load, and its synchronous standby promoted: the switch finds it by a connection
 * string of both hosts; no answered sale is missing, none is doubled.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { Client, saleOf } from '../support/client.js';
import { binaries, startPair } from '../support/failover.js';
import { pinsOf } from '../support/iso.js';
import { scratch, startSwitch } from '../support/process.js';
import { eventually } from '../support/supplier.js';

const bin = binaries();
const SALES = 200;
const LINES = 8;

t.test(
  'T7: a primary that is killed under load is followed by its standby, and every answered sale is there',
  bin ? {} : { skip: 'PostgreSQL with pg_basebackup is not installed (Debian: postgresql)' },
  async (t) => {
    const pair = await startPair(t, bin ?? '');
    const folder = scratch(t);
    writeFileSync(join(folder, 'store.url'), `${pair.url}\n`);
    const running = await startSwitch(t, { folder, pins: { TALK10: SALES + 50 } });
    const told = new Map<number, string>();
    let next = 0;
    let repeats = 0;
    const line = async (): Promise<void> => {
      const client = await Client.open(running.ports.ascii ?? 0);
      while (next < SALES) {
        const at = next++;
        const sale = saleOf('TALK10', 1_000);
        for (let mti = '0200'; !told.has(at); mti = '0201') {
          const answer = await client.ask(mti, sale, 5_000);
          const [pin] = answer?.fields[39] === '00' ? pinsOf(answer) : [];
          if (pin) told.set(at, pin);
          else {
            repeats += 1;
            await new Promise((resolve) => setTimeout(resolve, 100));
          }
        }
        if (at === SALES / 2) {
          pair.killPrimary();
          pair.promote();
        }
      }
      await client.close();
    };
    await Promise.all(Array.from({ length: LINES }, line));
    t.comment(`${repeats} asked again`);
    t.equal(told.size, SALES);
    t.equal(new Set(told.values()).size, SALES, 'each has a PIN of its own');
    t.ok(
      await eventually(
        async () => (await fetch(`http://127.0.0.1:${running.ports.admin}/readyz`)).status === 200,
      ),
    );
    t.match(await running.json('stock', 'audit'), { byCustody: { sold: SALES, stock: 50 } });
  },
);
