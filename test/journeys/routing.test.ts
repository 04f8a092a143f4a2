/**
 * Routing over real sockets, with two suppliers of two kinds as real processes: T10 (in order or by weight; one that
 * is down or slow is passed over and comes back by a probe; a definite failure goes on to the next, a doubtful one
 * never does), T2 (several suppliers side by side).
 */
import t, { type Test } from 'tap';
import { Client, creditOf } from '../support/client.js';
import { buildTlv, type IsoFields } from '../support/iso.js';
import { baseConfig, startSwitch, type TestSwitch } from '../support/process.js';
import { eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

const HEALTH = { faultsMax: 2, restMs: 700, slowMs: 800 };
/** Behind the threshold, and well within it. */
const SLOW_MS = 1_100;
const BRISK_MS = 300;
const CREDIT = { kind: 'credit', provider: 'TALKCO', currency: '840' };
const OPEN = { amountMin: 100, amountMax: 10_000, amountStep: 100 };
const WEIGHTED_SALES = 80;

function configOf(http: number, iso8583: number): Record<string, unknown> {
  const [link] = baseConfig().links as Record<string, unknown>[];
  const host = { host: '127.0.0.1', port: iso8583, framing: 'length2' };
  return {
    links: [link, { ...link, name: 'pos', profile: 'pos-bcd' }],
    times: { saleMs: 2_000, forwardWaitsMs: [200] },
    suppliers: [
      { kind: 'http', name: 'first', url: `http://127.0.0.1:${http}`, repeatsMax: 0, ...HEALTH },
      { kind: 'iso8583', name: 'second', link: host, format: 'iso87-ascii', acquirer: '000001' },
    ],
    catalogue: {
      providers: [{ code: 'TALKCO', name: 'Talk Company', ranges: [{ prefix: '555' }] }],
      products: [
        { ...CREDIT, ...OPEN, code: 'ORDERED', name: 'In order', route: ['first', 'second'] },
        {
          ...CREDIT,
          ...OPEN,
          code: 'WEIGHTED',
          name: 'By weight',
          route: [
            { supplier: 'first', weight: 3 },
            { supplier: 'second', weight: 1 },
          ],
        },
      ],
    },
  };
}

let number = 0;

/** A credit of an account that no other credit of this file has, and that the simulators approve. */
function credit(product = 'ORDERED'): IsoFields & { 102: string } {
  number += 1;
  const account = `5551${String(number).padStart(5, '0')}00`;
  return { ...creditOf(account, 1_000, { 48: buildTlv([['PR', product]]) }), 102: account };
}

/** What each supplier says of an account: the state of its orders. */
async function statesAt(suppliers: readonly TestSupplier[], account: string): Promise<string[][]> {
  const ledgers = await Promise.all(suppliers.map((supplier) => supplier.ledger()));
  return ledgers.map((orders) => orders.filter((one) => one.account === account).map(({ state }) => state));
}

t.test('two suppliers side by side', async (t) => {
  let first = await startSupplier(t, 'http');
  const second = await startSupplier(t, 'iso8583');
  const running = await startSwitch(t, { config: configOf(first.port, second.port) });
  const client = await Client.open(running.ports.ascii ?? 0);
  t.teardown(() => client.close());
  const codeOf = async (request: IsoFields): Promise<string | undefined> =>
    (await client.ask('0200', request))?.fields[39];
  /** Sells one and says who performed it. */
  const performer = async (t: Test, product?: string): Promise<string> => {
    const request = credit(product);
    t.equal(await codeOf(request), '00');
    const [one = [], two = []] = await statesAt([first, second], request[102]);
    return [...one.map((state) => `first ${state}`), ...two.map((state) => `second ${state}`)].join();
  };

  t.test('T10: the preferred one is asked, and the other is not', async (t) => {
    t.equal(await performer(t), 'first credited');
  });

  t.test('T10: a definite failure goes on to the next within the same sale', async (t) => {
    const pos = await Client.open(running.ports.pos ?? 0);
    t.teardown(() => pos.close());
    for (const at of [client, pos]) {
      await first.behave('unavailable');
      const request = credit();
      const answer = await at.ask('0200', request);
      t.equal(answer?.fields[39], '00');
      t.same(await statesAt([first, second], request[102]), [[], ['credited']]);
      t.same((await at.ask('0201', request))?.fields, answer?.fields, 'a repeat makes no second call');
      t.same(await statesAt([first, second], request[102]), [[], ['credited']]);
    }
  });

  t.test('T10: a doubtful one is never sent to another: declined, and undone where it may be', async (t) => {
    await first.behave('drop');
    const request = credit();
    t.equal(await codeOf(request), '68');
    t.same((await statesAt([first, second], request[102]))[1], [], 'the other one heard nothing of it');
    t.ok(await eventually(async () => (await statesAt([first], request[102]))[0]?.join() === 'reversed'));
    t.same((await statesAt([first, second], request[102]))[1], []);
    t.equal(await performer(t), 'first credited', 'a single fault makes nobody rest');
  });

  t.test('T10: slow answers count as faults; the slow one rests, and comes back by a probe', async (t) => {
    await first.behave('delay', 'order', HEALTH.faultsMax, SLOW_MS);
    for (let n = 0; n < HEALTH.faultsMax; n += 1)
      t.equal(await performer(t), 'first credited', 'slow, but done');
    t.equal(await performer(t), 'second credited', 'passed over');
    t.equal(await readiness(running), 200, 'one resting supplier does not take the switch down');
    t.match(await metricsOf(running), /event="rest",link="first"/);
    await new Promise((resolve) => setTimeout(resolve, HEALTH.restMs));
    t.equal(await performer(t), 'first credited', 'after the rest it is asked again');
  });

  t.test('T10: half open, one order probes while the others go past it', async (t) => {
    await first.behave('delay', 'order', HEALTH.faultsMax, SLOW_MS);
    for (let n = 0; n < HEALTH.faultsMax; n += 1) await performer(t);
    await new Promise((resolve) => setTimeout(resolve, HEALTH.restMs));
    await first.behave('delay', 'order', 100, BRISK_MS);
    const requests = Array.from({ length: 8 }, () => credit());
    t.same(new Set(await Promise.all(requests.map(codeOf))), new Set(['00']));
    const states = await Promise.all(requests.map((one) => statesAt([first, second], one[102])));
    t.equal(states.filter(([one]) => one?.length === 1).length, 1, 'one went as the probe');
    t.equal(states.filter(([, two]) => two?.length === 1).length, requests.length - 1);
    await first.clear();
    t.equal(await performer(t), 'first credited', 'the probe was good');
  });

  t.test('T10, T2: by weight, each gets its share, and all of it where the other is down', async (t) => {
    const requests = Array.from({ length: WEIGHTED_SALES }, () => credit('WEIGHTED'));
    t.same(new Set(await Promise.all(requests.map(codeOf))), new Set(['00']));
    const states = await Promise.all(requests.map((one) => statesAt([first, second], one[102])));
    const [ones, twos] = [0, 1].map(
      (at) => states.filter((state) => state[at]?.join() === 'credited').length,
    );
    t.equal((ones ?? 0) + (twos ?? 0), WEIGHTED_SALES, 'each was performed once');
    // Three quarters of 80 are 60; 20 off would be five standard deviations.
    t.ok((ones ?? 0) > 40 && (ones ?? 0) < 80, `the heavier one had ${ones} of ${WEIGHTED_SALES}`);
    await first.stop();
    for (let n = 0; n < 10; n += 1) t.equal(await codeOf(credit('WEIGHTED')), '00', 'with one of two down');
    t.equal(await readiness(running), 200);
    first = await startSupplier(t, 'http', first.port);
    t.ok(await eventually(async () => (await performer(t)) === 'first credited'), 'back, it is asked again');
  });

  t.test('T10: where nobody may be asked, the sale is declined, and nothing is done', async (t) => {
    await Promise.all([first.stop(), second.stop()]);
    t.ok(await eventually(async () => (await codeOf(credit())) === '91'));
    t.equal(await codeOf(credit('WEIGHTED')), '91');
    const doubtful = await running.json('journal', 'doubtful');
    t.match(doubtful, { open: [], forwardings: [] });
  });
});

async function readiness(running: TestSwitch): Promise<number> {
  return (await fetch(`http://127.0.0.1:${running.ports.admin}/readyz`)).status;
}

async function metricsOf(running: TestSwitch): Promise<string> {
  return (await fetch(`http://127.0.0.1:${running.ports.admin}/metrics`)).text();
}
