/** The audit trail: in the commit of what it tells, a chain in which anything that is changed, dropped or moved is found. */
import type { Test } from 'tap';
import type { Store, TrailEntry } from '../../../src/store/store.js';
import { checkTrail } from '../../../src/store/trailCheck.js';
import { booksAreRight, type NewPlace, type Part } from '../place.js';
import { chunkOf, intakeRows } from '../sample.js';

export const trail: Part = async (t, place) => {
  t.test('what operators do and keys are used for is told, and nothing that changed nothing', async (t) => {
    const store = await acted(t, place);
    const entries = await store.trail(0, 100);
    t.match(
      entries.map(({ number, action, said }) => [number, action, JSON.parse(said)]),
      [
        [1, 'takeIn', { supplier: 'acme', intake: 'batch-1', progress: 3, taken: 3 }],
        [2, 'addKeyBatch', { masterKey: 'k1' }],
        [3, 'rewrapKeyBatch', { masterKey: 'k2' }],
        [4, 'setSetting', { name: 'name' }],
        [5, 'cutover', { day: '20260301', by: 'ann' }],
        [6, 'post', { by: 'ann', why: 'a reason', reference: 'R1' }],
        [7, 'keys', { what: 'something' }],
      ],
    );
    t.equal(entries.length, 7, 'a day that was closed before, and a posting that was known, are not told');
    t.notMatch(JSON.stringify(entries), /secret value|AQID/);
    t.match(await checkTrail(store), { entries: 7, fault: undefined });
    await booksAreRight(t, store);
  });

  t.test('it goes on over a restart, and two stores write one chain', async (t) => {
    const here = await place(t);
    const one = await here.open();
    await one.note('first', { n: 1 });
    const two = await here.open();
    await Promise.all([one, two].flatMap((store) => [store.note('a', {}), store.note('b', {})]));
    await one.shutdown();
    await (await here.open()).note('last', {});
    t.match(await checkTrail(two), { entries: 6, fault: undefined });
  });

  t.test('what was changed, dropped, moved or cut is found', async (t) => {
    const store = await acted(t, place);
    const entries = await store.trail(0, 100);
    const head = await store.trailHead();
    const at = (number: number): TrailEntry => entries[number - 1] as TrailEntry;
    const found = async (shown: readonly TrailEntry[], shownHead = head, noted = head) =>
      (await checkTrail(showing(store, shown, shownHead), noted)).fault;
    t.equal(await found(entries), undefined);
    for (const change of [{ at: 1 }, { actor: 'eve' }, { action: 'x' }, { said: '{}' }, { hash: at(2).hash }])
      t.match(
        await found(entries.map((one) => (one.number === 3 ? { ...one, ...change } : one))),
        /entry 3 is not/,
      );
    t.match(await found(entries.filter(({ number }) => number !== 4)), /entry 4 is missing/);
    t.match(await found(entries.slice(1)), /entry 1 is missing/);
    const moved = entries.map((one) =>
      one.number === 4 ? { ...at(5), number: 4 } : one.number === 5 ? { ...at(4), number: 5 } : one,
    );
    t.match(await found(moved), /entry 4 is not/);
    t.match(await found(entries.slice(0, -1)), /entry 7 is missing, the trail's head is 7/);
    t.match(await found(entries.slice(0, -1), at(6)), /entry 7 was noted, and is missing/);
    t.match(await found(entries, at(6)), /another one than entry 7/);
    const anew = await acted(t, place, 'another reason');
    t.match((await checkTrail(anew, head)).fault, /another hash than was noted/, 'written anew, whole');
    t.match((await checkTrail(await (await place(t)).open(), head)).fault, /was noted, and is missing/);
  });
};

async function acted(t: Test, place: NewPlace, why = 'a reason'): Promise<Store> {
  const store = await (await place(t)).open();
  await store.takeIn(chunkOf(intakeRows(0, 3)));
  const batch = await store.addKeyBatch('k1', new Uint8Array([1, 2, 3]));
  await store.rewrapKeyBatch(batch, 'k2', new Uint8Array([1, 2, 3]));
  await store.setSetting('name', 'secret value');
  for (const by of ['ann', 'bob']) await store.cutover('20260301', by);
  for (const by of ['ann', 'bob']) {
    const postings = [
      { account: 'merchant:M1', currency: '840', amount: 5, floor: null },
      { account: 'cash:M1', currency: '840', amount: -5, floor: null },
    ];
    await store.post({ postings, by, why, reference: 'R1', at: 1 });
  }
  await store.note('keys', { what: 'something' });
  return store;
}

/** The same, but that it shows another trail. */
function showing(
  store: Store,
  entries: readonly TrailEntry[],
  head: { number: number; hash: string },
): Store {
  return Object.assign(Object.create(store) as Store, {
    trail: async (after: number) => entries.filter(({ number }) => number > after),
    trailHead: async () => head,
  });
}
