/**
 * T5, T6 for what was done before: a terminal, its merchant or a product is taken out of use in a running switch. New
 * requests are refused; a repeat of an old one is told what stands, and its reversal undoes it.
 */
import t from 'tap';
import { batchOf, pin } from '../support/batch.js';
import { Client, reversalOf, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import type { IsoFields } from '../support/iso.js';
import { startSwitch } from '../support/process.js';
import { eventually } from '../support/supplier.js';

const CATALOGUE = {
  providers: [{ code: 'TALKCO', name: 'Talk Company' }],
  products: [
    {
      kind: 'pin',
      provider: 'TALKCO',
      currency: '840',
      route: ['stock'],
      code: 'TALK10',
      name: 'Talk',
      price: 1000,
    },
  ],
};

t.test(
  'T5: what was sold is answered for when terminal, merchant or product are disabled since',
  async (t) => {
    const running = await startSwitch(t, {
      pins: { TALK10: 60 },
      config: { catalogue: CATALOGUE },
    });
    const command = (...args: string[]) => commandLine(['catalogue', ...args, '--data', running.folder]);
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    const ask = async (mti: string, fields: IsoFields) => (await client.ask(mti, fields))?.fields ?? {};
    const answered = (code: string): Promise<boolean> =>
      eventually(async () => (await ask('0200', saleOf('TALK10', 1000)))[39] === code);
    const sold = async (message: IsoFields) => ({ message, answer: await ask('0200', message) });
    const terminal = 'terminals.DEMO0001.enabled';
    const merchant = 'merchants.DEMOMERCHANT001.enabled';
    const product = 'products.TALK10.enabled';
    const before = [];
    for (let each = 0; each < 3; each += 1)
      before.push(await sold(saleOf('TALK10', 1000)), await sold(batchOf([pin('TALK10'), pin('TALK10', 2)])));
    for (const [assignments, code] of [
      [[`${terminal}=false`], '58'],
      [[`${terminal}=true`, `${merchant}=false`], '03'],
      [[`${merchant}=true`, `${product}=false`], '15'],
      [[`${product}=true`], '00'],
    ] as const) {
      t.equal((await command('set', ...assignments)).code, 0);
      t.ok(await answered(code), `${assignments}: ${code}`);
      for (const { message, answer } of code === '00' ? [] : before.splice(0, 2)) {
        t.equal(answer[39], '00');
        t.same(await ask('0201', message), answer, 'a repeat is told what was sold before');
        t.not((await ask('0200', { ...message, 102: '5550001' }))[39], '00', 'other content under its key');
        const { 4: _, ...reversal } = reversalOf(message);
        t.equal((await ask('0420', reversal))[39], '00', 'it is undone');
        t.equal((await ask('0421', reversal))[39], '00');
        t.equal((await ask('0201', message))[39], '12', 'and then not told again');
      }
      const unheard = await ask('0420', reversalOf(saleOf('TALK10', 1000)));
      t.equal(unheard[39], code === '15' ? '00' : code, 'who is refused cites nothing that is not known');
    }
    const { stdout } = await commandLine(['stock', 'audit', '--data', running.folder, '--json']);
    t.match(JSON.parse(stdout), { ok: true, byCustody: { quarantined: 12 } });
  },
);
