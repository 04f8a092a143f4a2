/** Where a credit and the memory of its account can be stopped, by a process that is killed there: A10, A12. */
import t from 'tap';
import { started } from '../support/accounts.js';
import { Client, creditOf } from '../support/client.js';
import { buildTlv } from '../support/iso.js';
import { eventually } from '../support/supplier.js';

for (const { crashAt, learned } of [
  { crashAt: 'before:close', learned: false },
  { crashAt: 'after:close', learned: true },
]) {
  t.test(`A10: killed at ${crashAt}, the region is ${learned ? '' : 'not '}remembered`, async (t) => {
    const { supplier, running } = await started(t, { crashAt });
    const first = await Client.open(running.ports.ascii ?? 0);
    const request = creditOf('6660001001', 500, { 48: buildTlv([['RG', 'NORTH']]) });
    t.equal(await first.ask('0200', request), undefined, 'no answer came');
    t.equal(await running.child.exited, null, 'killed by a signal');
    const again = await running.restart();
    const client = await Client.open(again.ports.ascii ?? 0);
    t.teardown(() => client.close());
    t.equal((await client.ask('0201', request))?.fields[39], learned ? '00' : '68');
    const bare = await client.ask('0200', creditOf('6660001001', 500));
    t.equal(bare?.fields[39], learned ? '00' : '85');
    const credited = learned ? 2 : 0;
    t.ok(
      await eventually(
        async () => (await supplier.ledger()).filter(({ state }) => state === 'credited').length === credited,
      ),
    );
    t.match(await again.json('stock', 'audit'), { ok: true });
  });
}

t.test('A12: killed around the commit of the PIN: nothing stands, or the same PIN is told', async (t) => {
  for (const [crashAt, sold] of [
    ['before:sell', 0],
    ['after:sell', 1],
  ] as const) {
    const { running } = await started(t, { crashAt, pins: { CARD10: 2 } });
    const first = await Client.open(running.ports.ascii ?? 0);
    const request = creditOf('8880001001', 1_000);
    t.equal(await first.ask('0200', request), undefined, 'no answer came');
    await running.child.exited;
    const again = await running.restart();
    const client = await Client.open(again.ports.ascii ?? 0);
    t.teardown(() => client.close());
    t.match(await again.json('stock', 'audit'), { byCustody: { sold, stock: 2 - sold }, ok: true }, crashAt);
    const told = await client.ask('0201', request);
    t.equal(told?.fields[39], '00');
    t.same((await client.ask('0201', request))?.fields, told?.fields);
    t.match(await again.json('stock', 'audit'), { byCustody: { sold: 1, stock: 1 }, ok: true }, crashAt);
  }
});
