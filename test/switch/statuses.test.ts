/** Status inquiries on the real store: they tell what stands, and leave everything as it was, whatever they cite. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import type {
  AccountCredit,
  OriginalReference,
  PinSale,
  ReversalRequest,
  StatusInquiry,
} from '../../src/domain/request.js';
import { StoreBusy } from '../../src/store/errors.js';
import type { Store } from '../../src/store/store.js';
import { Calendar } from '../../src/switch/calendar.js';
import { Journey } from '../../src/switch/journey.js';
import { booksAreRight } from '../contract/place.js';
import { away, catalogue, identity, MERCHANTS, POLICY, world } from './world.js';

const NOTHING: OriginalReference = {
  messageClass: '2',
  stan: '',
  transmittedAt: '',
  localDate: '',
  localTime: '',
  acquirer: '',
  rrn: '',
  approvalCode: '',
  account: '',
};

const sale = (stan: string): PinSale => ({
  kind: 'pin-sale',
  identity: { ...identity(stan), rrn: `R${stan}` },
  product: 'CARD',
  provider: '',
  region: '',
  quantity: 1,
  amount: undefined,
  currency: '840',
});

const credit = (stan: string, product = 'AWAY'): AccountCredit => ({
  kind: 'account-credit',
  identity: { ...identity(stan), rrn: `R${stan}` },
  product,
  provider: '',
  region: '',
  account: '8880001234',
  reference: '',
  amount: 500,
  currency: '840',
});

const reversal = (stan: string, own: string): ReversalRequest => ({
  kind: 'reversal',
  identity: { ...identity(own), messageClass: '4' },
  original: { ...NOTHING, stan, localDate: '0301' },
  amount: undefined,
});

const status = (stan: string, said: Partial<StatusInquiry> = {}): StatusInquiry => ({
  kind: 'status',
  identity: identity('999999'),
  of: 'transaction',
  original: { ...NOTHING, stan, localDate: '0301' },
  amount: undefined,
  ...said,
});

async function takeIn(
  store: Store,
  vault: Awaited<ReturnType<typeof world>>['vault'],
  codes: readonly string[],
) {
  const batch = vault.currentBatch();
  const rows = codes.map((code, at) => ({
    line: at + 1,
    product: 'CARD',
    sealed: vault.sealPin(batch, 'CARD', `S${at}`, code),
    mark: vault.markPin('P', code),
    serial: `S${at}`,
    expiry: '99991231',
  }));
  await store.takeIn({ supplier: 'P', intake: 'one', batch, rows, progress: rows.length, at: 1 });
}

/** All that a status inquiry could change. */
async function standing(store: Store) {
  return {
    journal: await store.find({ limit: 1_000 }),
    stock: await store.levels(),
    due: await store.forwardings(100),
    balances: await store.balances('merchant:M1'),
  };
}

async function asks(t: Test, store: Store, ask: () => Promise<unknown>): Promise<unknown> {
  const before = await standing(store);
  const outcome = await ask();
  t.strictSame(await standing(store), before, 'nothing changed');
  return outcome;
}

t.test(
  'a status tells the stored outcome and the same PIN, and of what was reversed no PIN any more',
  async (t) => {
    const { store, vault, journey } = await world(t);
    await takeIn(store, vault, ['1111222233334444', '5555666677778888']);
    const sold = await journey.handle(POLICY, sale('000001'));
    const told = await asks(t, store, () => journey.handle(POLICY, status('000001')));
    t.same(told, sold, 'as a repeat would be answered');
    const byRrn = status('', { original: { ...NOTHING, rrn: 'R000001' } });
    t.same(await asks(t, store, () => journey.handle(POLICY, byRrn)), sold, 'by its RRN');
    t.match(await asks(t, store, () => journey.handle(POLICY, status('000001', { amount: 499 }))), {
      reason: 'original-not-found',
      pins: { length: 0 },
    });
    const undone = status('000002', {
      of: 'reversal',
      original: { ...NOTHING, messageClass: '4', stan: '000002', localDate: '0301' },
    });
    t.match(await asks(t, store, () => journey.handle(POLICY, undone)), { reason: 'original-not-found' });
    t.match(await journey.handle(POLICY, reversal('000001', '000002')), { reason: 'approved' });
    t.match(await asks(t, store, () => journey.handle(POLICY, undone)), {
      reason: 'approved',
      pins: { length: 0 },
    });
    for (const one of [status('000001'), byRrn]) {
      const after = await asks(t, store, () => journey.handle(POLICY, one));
      t.match(after, { reason: 'reversed', pins: { length: 0 }, receipt: { length: 0 } });
      t.notMatch(JSON.stringify(after), /1111222233334444|5555666677778888/);
    }
    await booksAreRight(t, store);
  },
);

t.test('of nothing that it knows it tells so, and what comes after it is a new sale', async (t) => {
  const { store, vault, journey } = await world(t);
  await takeIn(store, vault, ['1111222233334444']);
  for (const one of [status('000001'), status('', { original: { ...NOTHING, rrn: 'R000001' } }), status('')])
    t.match(await asks(t, store, () => journey.handle(POLICY, one)), { reason: 'original-not-found' });
  t.match(await journey.handle(POLICY, sale('000001')), { reason: 'approved', pins: [{ serial: 'S0' }] });
  await booksAreRight(t, store);
});

t.test(
  'it is told behind a sale that was handed over before it, though that is not on disk yet',
  async (t) => {
    const { store, vault, journey } = await world(t);
    await takeIn(store, vault, ['1111222233334444']);
    const [sold, told] = await Promise.all([
      journey.handle(POLICY, sale('000001')),
      journey.handle(POLICY, status('000001')),
    ]);
    t.match(sold, { reason: 'approved' });
    t.same(told, sold);
    await booksAreRight(t, store);
  },
);

t.test('a credit that still reads what is known of its account is in progress, never unknown', async (t) => {
  const { store, journey } = await world(t);
  for (const [stan, named] of [
    ['000001', status('000001')],
    ['000002', status('', { original: { ...NOTHING, rrn: 'R000002' } })],
  ] as const) {
    const [credited, told] = await Promise.all([
      journey.handle(POLICY, credit(stan)),
      journey.handle(POLICY, named),
    ]);
    t.match(credited, { reason: 'approved' });
    t.match(told, { reason: 'in-progress', pins: { length: 0 } });
  }
  t.match(await journey.handle(POLICY, status('000001')), { reason: 'approved' }, 'and then what it came to');
  t.match(await journey.handle(POLICY, status('000003')), { reason: 'original-not-found' });
  await booksAreRight(t, store);
});

t.test('a sale that was tried and is to wait for the hub is in progress, never unknown', async (t) => {
  const { store, vault, live, context } = await world(t);
  // On money that is not reckoned: none of it is short.
  live.catalogue = catalogue(2, [{ id: 'M1', name: 'M1' }]);
  const network = {
    askPins: async () => {
      await takeIn(store, vault, ['1111222233334444']);
      return true;
    },
    askMoney: async () => false,
  };
  const member = new Journey({ ...context, network });
  const [sold, told] = await Promise.all([
    member.handle(POLICY, sale('000001')),
    member.handle(POLICY, status('000001')),
  ]);
  t.match(sold, { reason: 'approved', pins: [{ code: '1111222233334444' }] });
  t.match(told, { reason: 'in-progress', pins: { length: 0 } });
});

t.test("a STAN without a day tells no sale of yesterday morning's, but one of last night's", async (t) => {
  const { store, vault, context } = await world(t);
  await takeIn(store, vault, ['1111222233334444', '5555666677778888']);
  const at = (text: string): Journey => {
    const clock = { ...context.clock, now: () => Date.parse(text) };
    return new Journey({ ...context, clock, calendar: new Calendar(clock, 0) });
  };
  const dayless = (stan: string) => ({ ...identity(stan), localDate: '', localTime: '' });
  const sold = (stan: string, rrn: string): PinSale => ({
    ...sale(stan),
    identity: { ...dayless(stan), rrn },
  });
  const asked = (stan: string, rrn = '') =>
    status(stan, { identity: dayless(stan), original: { ...NOTHING, stan, rrn } });
  t.match(await at('2026-03-01T08:00:00Z').handle(POLICY, sold('000001', 'R1')), { reason: 'approved' });
  t.match(await at('2026-03-01T20:00:00Z').handle(POLICY, asked('000001')), { reason: 'approved' });
  const late = await at('2026-03-01T22:00:00Z').handle(POLICY, sold('000002', 'R2'));
  const next = at('2026-03-02T07:00:00Z');
  t.match(await next.handle(POLICY, asked('000001')), { reason: 'original-not-found', pins: { length: 0 } });
  t.match(await next.handle(POLICY, asked('000001', 'R1')), { reason: 'approved' }, 'its RRN names it');
  t.same(await next.handle(POLICY, asked('000002')), late);
  await booksAreRight(t, store);
});

t.test(
  'while a supplier is asked it is in progress, and a supplier hears nothing of an inquiry',
  async (t) => {
    let asked = 0;
    let answer = (): void => {};
    const slow = {
      ...away,
      perform: (...args: Parameters<typeof away.perform>) => {
        asked += 1;
        return new Promise<void>((resolve) => {
          answer = resolve;
        }).then(() => away.perform(...args));
      },
      inquire: () => {
        throw new Error('an inquiry reached the supplier');
      },
    };
    const { store, journey, context } = await world(t, () => {}, slow);
    const credited = journey.handle(POLICY, credit('000001'));
    while (asked === 0) await store.find({ limit: 1 });
    t.match(await asks(t, store, () => journey.handle(POLICY, status('000001'))), {
      reason: 'in-progress',
      pins: { length: 0 },
    });
    // A process that died meanwhile left this much: nobody is at work on it, and recovery is to end the doubt.
    const next = new Journey({ ...context, atSuppliers: new Map() });
    t.match(await asks(t, store, () => next.handle(POLICY, status('000001'))), {
      reason: 'in-progress',
      pins: { length: 0 },
    });
    answer();
    t.match(await credited, { reason: 'approved' });
    t.same(await journey.handle(POLICY, status('000001')), await credited);
    t.equal(asked, 1);
    // What waits for a hub stands nowhere but here.
    const [entry] = await store.find({ stan: '000001', limit: 1 });
    if (!entry) throw new Error('no entry');
    context.atSuppliers.set('x', { entry: { ...entry, stan: '000002', rrn: 'R2' }, answer: credited });
    for (const original of [
      { ...NOTHING, stan: '000002', localDate: '0301' },
      { ...NOTHING, rrn: 'R2' },
    ])
      t.match(await journey.handle(POLICY, status('', { original })), { reason: 'in-progress' });
    t.match(await journey.handle(POLICY, status('000003')), { reason: 'original-not-found' });
    await booksAreRight(t, store);
  },
);

t.test(
  'a terminal that may ask for nothing more is told what stands, but no PIN; nor is another acquirer',
  async (t) => {
    const { store, vault, live, journey } = await world(t);
    await takeIn(store, vault, ['1111222233334444']);
    t.match(await journey.handle(POLICY, sale('000001')), {
      reason: 'approved',
      pins: [{ code: '1111222233334444' }],
    });
    const other = status('', {
      identity: { ...identity('999999'), acquirer: '000002' },
      original: { ...NOTHING, rrn: 'R000001' },
    });
    t.match(await journey.handle(POLICY, other), { reason: 'approved', pins: { length: 0 } });
    live.catalogue = catalogue(
      2,
      MERCHANTS.map((one) => ({ ...one, enabled: false })),
    );
    t.match(await asks(t, store, () => journey.handle(POLICY, status('000001'))), {
      reason: 'approved',
      pins: { length: 0 },
      receipt: { length: 0 },
    });
    t.match(
      await journey.handle(POLICY, status('000009')),
      { reason: 'invalid-merchant' },
      'and else only why',
    );
  },
);

t.test('what the store cannot take is no "not found"', async (t) => {
  const { journey } = await world(t, (name) => {
    if (name === 'original') throw new StoreBusy('store: busy');
  });
  t.match(await journey.handle(POLICY, status('000001')), { reason: 'malfunction' });
});

t.test(
  'whatever came before it, it tells what stands, changes nothing, and no PIN of what was reversed',
  async (t) => {
    const { store, vault, journey } = await world(t);
    await takeIn(
      store,
      vault,
      Array.from({ length: 30 }, (_, at) => `77770000${String(at).padStart(6, '0')}`),
    );
    const pins = new Map<string, string>();
    const ended = new Map<string, 'reversed' | 'reversed-first'>();
    const step = fc.record({ does: fc.constantFrom('sell', 'reverse', 'ask', 'ask'), at: fc.nat(11) });
    const [steps = []] = fc.sample(fc.array(step, { minLength: 90, maxLength: 90 }), 1);
    let own = 500_000;
    for (const { does, at } of steps) {
      const stan = String(at + 1).padStart(6, '0');
      own += 1;
      if (does === 'sell') {
        const sold = await journey.handle(POLICY, sale(stan));
        const code = sold?.pins[0]?.code;
        if (ended.has(stan)) t.match(sold, { reason: 'reversed', pins: { length: 0 } });
        else t.equal(code, pins.get(stan) ?? code);
        if (code !== undefined) pins.set(stan, code);
        else ended.set(stan, 'reversed');
      } else if (does === 'reverse') {
        t.match(await journey.handle(POLICY, reversal(stan, String(own))), { reason: 'approved' });
        const isKnown = pins.has(stan) || ended.get(stan) === 'reversed';
        ended.set(stan, isKnown ? 'reversed' : 'reversed-first');
      } else {
        const told = await asks(t, store, () => journey.handle(POLICY, status(stan)));
        const stands = pins.has(stan) && !ended.has(stan);
        const undone = ended.get(stan) === 'reversed' ? 'reversed' : 'original-not-found';
        t.match(
          told,
          stands
            ? { reason: 'approved', pins: [{ code: pins.get(stan) }] }
            : { reason: undone, pins: { length: 0 } },
        );
      }
    }
    await booksAreRight(t, store);
  },
);
