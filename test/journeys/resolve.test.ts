/** Doubt that an operator ends by hand while the switch runs, two dialects side by side: T13. */
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../src/base/root.js';
import { as1993, Client, creditOf, reversalOf, saleOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { baseConfig, spawnNode, startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

const CRASHING = join(packageRoot(), 'dist/test/support/crashing-resolve.js');
const [link] = baseConfig().links as Record<string, unknown>[];
const links = [link, { ...link, name: 'iso93', format: 'iso93-ascii', profile: 'default-1993' }];
const SHORT = { saleMs: 400, forwardMs: 300, forwardWaitsMs: [200] };

interface Doubtful {
  readonly open: readonly { readonly id: number; readonly doing: string }[];
  readonly forwardings: readonly {
    readonly kind: string;
    readonly attempts: number;
    readonly doing: string;
    readonly transaction: { readonly id: number; readonly stan: string };
  }[];
}

const doubtful = async (running: TestSwitch) =>
  (await running.json('journal', 'doubtful')) as unknown as Doubtful;

function resolve({ folder }: TestSwitch, id: number, as: string, ...more: string[]) {
  const who = ['--by', 'ann', '--why', 'the supplier was asked'];
  return commandLine(['journal', 'resolve', String(id), '--as', as, ...who, '--data', folder, ...more]);
}

/** The journal's number of what was asked for. */
async function idOf(running: TestSwitch, request: Readonly<Record<number, string>>): Promise<number> {
  const found = (await running.json('journal', 'find', '--rrn', request[37] ?? '')) as {
    transactions?: { id: number; service: string }[];
  };
  return found.transactions?.find(({ service }) => service !== 'reversal')?.id ?? 0;
}

t.test('T13: what an operator decides stands, is told to the terminal, and ends the asking', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const config = creditConfig({ http: supplier.port });
  const suppliers = (config.suppliers as object[]).map((one) => ({ ...one, doubt: 'inquiry' }));
  const running = await startSwitch(t, { config: { ...config, links, suppliers, times: SHORT } });
  const old = await Client.open(running.ports.ascii ?? 0);
  const young = await Client.open(running.ports.iso93 ?? 0);
  t.teardown(() => Promise.all([old.close(), young.close()]));
  await supplier.behave('drop', 'order', 3);
  await supplier.behave('ignore', 'inquiry', 1_000);
  const one = creditOf('5550001234', 1_000);
  const two = as1993(creditOf('5550001235', 1_000));
  const pin = saleOf('LIVE5', 500);
  t.equal((await old.ask('0200', one))?.fields[39], '68');
  t.equal((await young.ask('1200', two))?.fields[39], '911');
  t.equal((await old.ask('0200', pin))?.fields[39], '68');

  const told = await doubtful(running);
  t.equal(told.forwardings.length, 3);
  for (const { kind, doing } of told.forwardings) {
    t.equal(kind, 'inquiry');
    t.match(doing, /its supplier is asked what it did: \d+ times so far, next 20/);
  }

  const first = await idOf(running, one);
  const done = await resolve(running, first, 'done', '--json');
  t.match(JSON.parse(done.stdout), { id: first, from: 'pending', to: 'approved', by: 'ann' });
  const repeat = await old.ask('0201', one);
  t.equal(repeat?.fields[39], '00', 'the terminal is told that it was done');
  t.match(repeat?.fields[38], /^[0-9A-Z]{6}$/);
  const second = await idOf(running, two);
  t.equal((await resolve(running, second, 'undone')).code, 0);
  t.equal((await young.ask('1201', two))?.fields[39], '911', 'and here that it was not');
  const third = await idOf(running, pin);
  t.match(await resolve(running, third, 'done'), { code: 1, stderr: /PIN sale.*can only be undone/ });
  t.equal((await resolve(running, third, 'undone')).code, 0);

  t.match(await doubtful(running), { open: [], forwardings: [] });
  await supplier.clear();
  await new Promise((settled) => setTimeout(settled, 600));
  t.equal((await old.ask('0201', one))?.fields[39], '00', 'the running switch has not overwritten it');
  t.equal((await young.ask('1201', two))?.fields[39], '911');
  t.match(await resolve(running, first, 'undone'), { code: 1, stderr: /is approved, and not in doubt/ });
  t.match(await resolve(running, 999, 'done'), { code: 1, stderr: /no such transaction/ });
  t.match(await running.json('journal', 'find', '--id', String(first)), {
    transactions: [{ state: 'approved', resolved: [{ by: 'ann', why: 'the supplier was asked' }] }],
  });
  t.match(await running.json('stock', 'audit'), { ok: true });
});

t.test(
  'T13: a reversal that is not acknowledged may be ended by hand; killed at it, all or nothing',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const config = { ...creditConfig({ http: supplier.port }), times: SHORT };
    const running = await startSwitch(t, { config });
    const client = await Client.open(running.ports.ascii ?? 0);
    t.teardown(() => client.close());
    await supplier.behave('ignore', 'reversal', 1_000);
    const request = creditOf('5550001234', 1_000);
    const other = creditOf('5550001234', 2_000);
    for (const one of [request, other]) t.equal((await client.ask('0200', one))?.fields[39], '00');
    for (const one of [request, other])
      t.equal((await client.ask('0420', reversalOf(one)))?.fields[39], '00');
    // Until the credit's own deadline it may still be at its supplier.
    const otherId = await idOf(running, other);
    t.ok(await eventually(async () => (await resolve(running, otherId, 'undone')).code === 0));
    t.equal((await client.ask('0201', other))?.fields[39], '12', 'its repeat: reversed');
    const id = await idOf(running, request);
    t.match(await doubtful(running), { forwardings: [{ kind: 'reversal', doing: /is told to undo it/ }] });

    for (const [crashAt, state] of [
      ['before', 'reversing'],
      ['after', 'approved'],
    ] as const) {
      const child = spawnNode([CRASHING, running.folder, String(id)], { env: { CRASH_AT: crashAt } });
      t.equal(await new Promise((ended) => child.once('exit', (_, signal) => ended(signal))), 'SIGKILL');
      t.match(
        await running.json('journal', 'find', '--id', String(id)),
        { transactions: [{ state }] },
        crashAt,
      );
    }
    t.match(await doubtful(running), { open: [], forwardings: [] });
    t.equal((await client.ask('0201', request))?.fields[39], '00', 'it stands after all');
    t.match(await supplier.ledger(), [{ state: 'credited' }, { state: 'credited' }]);
  },
);

t.test('T13: a decision names who, why and what, or is refused', async (t) => {
  const results = await Promise.all([
    commandLine(['journal', 'resolve', '1', '--by', 'ann', '--why', 'x']),
    commandLine(['journal', 'resolve', '1', '--as', 'maybe', '--by', 'ann', '--why', 'x']),
    commandLine(['journal', 'resolve', '1', '--as', 'done', '--why', 'x']),
    commandLine(['journal', 'resolve', 'one', '--as', 'done', '--by', 'ann', '--why', 'x']),
  ]);
  for (const { code, stderr } of results) {
    t.equal(code, 2);
    t.match(stderr, /--as|choices|--by|whole number/);
  }
});
