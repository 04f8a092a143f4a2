/** Cards: moved once by each transaction, bound to the credit that redeems them, put back by what undoes it. */
import type { CardBinding, CardMove, CardRow, Redemption, Store } from '../../../src/store/store.js';
import { booksAreRight, type Part } from '../place.js';
import {
  APPROVED,
  chunkOf,
  citationOf,
  closing as closingOf,
  entryOf,
  intakeRows,
  NO_QUERY,
  REFUSED,
  reversalEntry,
  reversing,
} from '../sample.js';

const TODAY = '20260301';
const AT = { supplier: 'acme', reference: 'REF1', deadlineAt: 5_000, doubt: 'reversal' } as const;

export function cardRow(n: number, said: Partial<CardRow> = {}): CardRow {
  const sealed = new Uint8Array([n, 0, 255, 128]);
  return { line: n, product: 'CARD10', sealed, mark: `card-${n}`, pin: null, expiry: '20271231', ...said };
}

export function cardsOf(...rows: CardRow[]) {
  return { supplier: 'acme', intake: 'cards-1', batch: 3, rows, progress: rows.length, at: 1 };
}

const pad = (stan: number): string => String(stan).padStart(6, '0');

function binding(said: Partial<CardBinding> = {}): CardBinding {
  return {
    mark: 'card-1',
    step: 'preauthorise',
    terminal: 'TERM0001',
    activation: 'same-terminal',
    today: TODAY,
    ...said,
  };
}

export function moveOf(
  stan: number,
  step: CardBinding['step'],
  said: Partial<CardMove> & { readonly wish?: Partial<CardBinding> } = {},
): CardMove {
  const { wish, ...rest } = said;
  const service = step === 'activate' ? 'card-activation' : `card-${step}`;
  const entry = entryOf({ stan: pad(stan), service, product: 'CARD10' });
  return { entry, card: binding({ step, ...wish }), outcome: APPROVED, pinProduct: '', ...rest };
}

export function redemptionOf(stan: number, said: Partial<Redemption> = {}): Redemption {
  const entry = entryOf({
    stan: pad(stan),
    service: 'card-redemption',
    product: 'TOPUP',
    account: new Uint8Array([1, 2, 3]),
    accountMark: 'account-1',
  });
  return { entry, card: binding({ step: 'redeem' }), at: AT, outcome: REFUSED, account: '', ...said };
}

async function activated(store: Store): Promise<void> {
  await store.takeInCards(cardsOf(cardRow(1)));
  await store.moveCard(moveOf(1, 'preauthorise'));
  await store.moveCard(moveOf(2, 'activate'));
}

async function stateOf(store: Store, mark = 'card-1'): Promise<string | undefined> {
  return (await store.card(mark))?.state;
}

function reversal(stan: number, original: Parameters<typeof citationOf>[0]) {
  const entry = reversalEntry(stan);
  return reversing(entry, citationOf(original), { now: entry.receivedAt });
}

export const cards: Part = async (t, place) => {
  t.test('takes cards in with their progress, each number once', async (t) => {
    const here = await place(t);
    const store = await here.open();
    const pin = new Uint8Array([9, 200]);
    const rows = [cardRow(1), cardRow(2, { pin }), cardRow(3)];
    t.strictSame(await store.takeInCards(cardsOf(...rows)), { taken: 3, known: [] });
    t.strictSame(await store.takeInCards({ ...cardsOf(cardRow(4), cardRow(2)), intake: 'cards-2' }), {
      taken: 1,
      known: [2],
    });
    t.strictSame(await store.cardIntakeState('cards-2'), { progress: 2, taken: 1, refused: 1 });
    const again = await here.open();
    t.match(await again.card('card-2'), {
      product: 'CARD10',
      state: 'inactive',
      batch: 3,
      hasPin: true,
      movedIn: 0,
    });
    t.strictSame(Buffer.from((await again.card('card-1'))?.sealed ?? []), Buffer.from(rows[0]?.sealed ?? []));
    t.equal(await again.card('card-9'), undefined);
    t.strictSame(await again.cardLevels(), [{ product: 'CARD10', state: 'inactive', count: 4 }]);
    await booksAreRight(t, store);
  });

  t.test('moves a card once by each transaction, and answers a repeat with what stood', async (t) => {
    const store = await (await place(t)).open();
    await store.takeInCards(cardsOf(cardRow(1)));
    const ready = moveOf(1, 'preauthorise');
    const moved = await store.moveCard(ready);
    if (moved.kind !== 'moved') throw new Error(moved.kind);
    t.match(await store.card('card-1'), { state: 'preauthorised', terminal: 'TERM0001', movedIn: moved.id });
    await store.moveCard(moveOf(2, 'activate'));
    t.match(await store.moveCard(ready), {
      kind: 'repeat',
      transaction: { id: moved.id, state: 'approved' },
    });
    const other = { ...ready, entry: { ...ready.entry, fingerprint: 'other' } };
    t.strictSame(await store.moveCard(other), { kind: 'conflict' });
    t.equal(await stateOf(store), 'active');
    await booksAreRight(t, store);
  });

  t.test('refuses with the reason, recorded, and the card stays', async (t) => {
    const store = await (await place(t)).open();
    await store.takeInCards(cardsOf(cardRow(1)));
    const refused = [
      [moveOf(1, 'preauthorise', { wish: { mark: 'card-9' } }), 'unknown-card'],
      [moveOf(2, 'activate'), 'card-not-preauthorised'],
      [moveOf(3, 'preauthorise', { wish: { today: '20280101' } }), 'card-expired'],
    ] as const;
    for (const [move, reason] of refused) {
      t.match(await store.moveCard(move), { kind: 'card-refused', reason });
      t.match(await store.moveCard(move), {
        kind: 'repeat',
        transaction: { state: 'declined', outcome: { reason } },
      });
    }
    t.equal(await stateOf(store), 'inactive');
    await store.moveCard(moveOf(4, 'preauthorise'));
    const elsewhere = moveOf(5, 'activate', { wish: { terminal: 'TERM0002' } });
    t.match(await store.moveCard(elsewhere), { kind: 'card-refused', reason: 'card-other-terminal' });
    t.match(await store.redeem(redemptionOf(6)), { kind: 'card-refused', reason: 'card-inactive' });
    t.strictSame(await store.pending(), []);
    await booksAreRight(t, store);
  });

  t.test('issues a PIN with the activation, and none where one is printed or none is left', async (t) => {
    const store = await (await place(t)).open();
    await store.takeInCards(cardsOf(cardRow(1), cardRow(2, { pin: new Uint8Array([1]) }), cardRow(3)));
    await store.takeIn(chunkOf(intakeRows(0, 1)));
    const direct = { activation: 'direct' } as const;
    const withPin = { pinProduct: 'TALK10' };
    const first = moveOf(1, 'activate', { ...withPin, wish: direct });
    const moved = await store.moveCard(first);
    t.match(moved, { kind: 'moved', pins: [{ batch: 1 }] });
    t.match(await store.moveCard(first), {
      kind: 'repeat',
      transaction: { pinProduct: 'TALK10', pins: moved.kind === 'moved' ? moved.pins : [] },
    });
    const printed = moveOf(2, 'activate', { ...withPin, wish: { ...direct, mark: 'card-2' } });
    t.match(await store.moveCard(printed), { kind: 'moved', pins: [] });
    const short = moveOf(3, 'activate', { ...withPin, wish: { ...direct, mark: 'card-3' } });
    t.match(await store.moveCard(short), { kind: 'card-refused', reason: 'out-of-stock' });
    t.equal(await stateOf(store, 'card-3'), 'inactive');
    await store.reverse(reversal(4, first.entry));
    t.equal(await stateOf(store), 'inactive', 'the card is back');
    t.match(await store.quarantined(5), [{ product: 'TALK10' }], 'and its PIN out of sale');
    await booksAreRight(t, store);
  });

  t.test('binds a card to its redemption until that is declined, undone or approved', async (t) => {
    const store = await (await place(t)).open();
    await activated(store);
    const opened = await store.redeem(redemptionOf(3));
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    t.equal(await stateOf(store), 'redeeming');
    t.strictSame(await store.redeem(redemptionOf(4)), { kind: 'card-held' });
    t.match(await store.moveCard(moveOf(5, 'deactivate')), { kind: 'card-refused', reason: 'in-progress' });
    await store.close(closingOf(opened.id, { state: 'declined', outcome: REFUSED }));
    t.equal(await stateOf(store), 'active', 'a definite decline gives it back');
    const second = await store.redeem(redemptionOf(6));
    if (second.kind !== 'opened') throw new Error(second.kind);
    await store.close(closingOf(second.id, { state: 'reversing', outcome: REFUSED }));
    t.equal(await stateOf(store), 'redeeming', 'doubt does not');
    t.strictSame(await store.redeem(redemptionOf(7)), { kind: 'card-held' });
    await store.settleForwarding(second.id);
    t.equal(await stateOf(store), 'active');
    const third = await store.redeem(redemptionOf(8));
    if (third.kind !== 'opened') throw new Error(third.kind);
    await store.close(closingOf(third.id));
    t.equal(await stateOf(store), 'redeemed');
    await booksAreRight(t, store);
  });

  t.test('tells the same account that it had succeeded, another that it is redeemed', async (t) => {
    const store = await (await place(t)).open();
    await activated(store);
    const opened = await store.redeem(redemptionOf(3));
    if (opened.kind !== 'opened') throw new Error(opened.kind);
    await store.close(closingOf(opened.id, { outcome: { ...APPROVED, approvalCode: 'OK77' } }));
    const again = redemptionOf(4);
    const told = await store.redeem(again);
    t.match(told, {
      kind: 'redeemed-before',
      transaction: { id: opened.id, outcome: { approvalCode: 'OK77' } },
    });
    t.match(await store.redeem(again), {
      kind: 'repeat',
      transaction: { amount: 1_000, quantity: 0, originalId: opened.id, outcome: { approvalCode: 'OK77' } },
    });
    const other = redemptionOf(5);
    const elsewhere = { ...other, entry: { ...other.entry, accountMark: 'account-2' } };
    t.match(await store.redeem(elsewhere), { kind: 'card-refused', reason: 'card-redeemed' });
    t.equal((await store.reverse(reversal(6, again.entry))).kind, 'stands', 'it credited nothing');
    const byCode = { ...NO_QUERY, approvalCode: 'OK77', accountMark: 'account-1' };
    t.match(
      await store.reverse(reversing(reversalEntry(7), byCode)),
      { kind: 'reversed', original: { id: opened.id } },
      'the code is that of the one which did',
    );
    t.equal(await stateOf(store), 'redeeming', 'until its supplier has undone it');
    await store.settleForwarding(opened.id);
    t.equal(await stateOf(store), 'active');
    await booksAreRight(t, store);
  });

  t.test('credits here in one commit, or declines where nobody can be asked', async (t) => {
    const store = await (await place(t)).open();
    await activated(store);
    t.match(await store.redeem(redemptionOf(3, { at: undefined })), {
      kind: 'card-refused',
      reason: 'supplier-refused',
    });
    t.equal(await stateOf(store), 'active');
    const posting = { currency: '840', floor: null };
    const postings = [
      { ...posting, account: 'card:CARD10', amount: -700 },
      { ...posting, account: 'account:1', amount: 700 },
    ];
    const effects = { postings, usage: [] };
    const here = redemptionOf(4, { at: undefined, outcome: APPROVED, account: 'account:1', effects });
    t.match(await store.redeem(here), {
      kind: 'redeemed',
      outcome: { balance: 700, balanceCurrency: '840' },
    });
    t.equal(await stateOf(store), 'redeemed');
    t.equal((await store.reverse(reversal(5, here.entry))).kind, 'reversed');
    t.equal(await stateOf(store), 'active');
    t.match(await store.balances('account:1'), [{ balance: 0 }]);
    await booksAreRight(t, store);
  });

  t.test('reverses the last move alone', async (t) => {
    const store = await (await place(t)).open();
    await activated(store);
    t.equal((await store.reverse(reversal(3, moveOf(1, 'preauthorise').entry))).kind, 'stands');
    t.equal((await store.reverse(reversal(4, moveOf(2, 'activate').entry))).kind, 'reversed');
    t.equal(await stateOf(store), 'preauthorised');
    t.equal((await store.reverse(reversal(5, moveOf(1, 'preauthorise').entry))).kind, 'reversed');
    t.match(await store.card('card-1'), { state: 'inactive', terminal: '', movedIn: 0 });
    t.equal((await store.reverse(reversal(6, moveOf(7, 'preauthorise').entry))).kind, 'unknown');
    t.equal((await store.moveCard(moveOf(7, 'preauthorise'))).kind, 'tombstone');
    t.equal(await stateOf(store), 'inactive');
    await booksAreRight(t, store);
  });

  t.test('expires what was not redeemed by its last day', async (t) => {
    const store = await (await place(t)).open();
    await activated(store);
    await store.takeInCards({ ...cardsOf(cardRow(2)), intake: 'cards-2' });
    t.equal(await store.expireCards('20271231'), 0);
    t.equal(await store.expireCards('20280101'), 2);
    t.strictSame(await store.cardLevels(), [{ product: 'CARD10', state: 'expired', count: 2 }]);
    t.match(await store.redeem(redemptionOf(3)), { kind: 'card-refused', reason: 'card-expired' });
    await booksAreRight(t, store);
  });

  t.test('redeems a card once, however many ask at once, through two stores', async (t) => {
    const here = await place(t);
    const [one, two] = [await here.open(), await here.open()];
    await activated(one);
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        (n % 2 === 0 ? one : two).redeem(redemptionOf(10 + n, { at: undefined, outcome: APPROVED })),
      ),
    );
    t.equal(results.filter(({ kind }) => kind === 'redeemed').length, 1);
    t.equal(results.filter(({ kind }) => kind === 'redeemed-before').length, 39);
    await booksAreRight(t, one);
  });
};
