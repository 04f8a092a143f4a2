/** Switches come into a hub's network by a one-time code, and leave it by a decision. */
import { AT, allocation, codeOf, enrolled, enrolmentOf, saleOf } from '../hubPeer.js';
import { booksAreRight, type Part } from '../place.js';
import { chunkOf, intakeRows } from '../sample.js';

const invitation = (name: string) => {
  return { name, codeSha256: codeOf(name), expiresAt: AT + 1_000, certificateSha256: '', at: AT };
};
const retirement = (name: string) => ({ name, by: 'ann', why: 'disk lost', at: AT });

export const hubEnrolment: Part = async (t, place) => {
  t.test('takes a code once; the same key and token again get the same answer', async (t) => {
    const here = await place(t);
    const store = await here.open();
    t.match(await store.invite({ ...invitation('one'), certificateSha256: 'fe' }), {
      kind: 'invited',
      id: 1,
    });
    t.match(await store.switches(), [{ name: 'one', epoch: 0, state: 'invited', certificateSha256: 'fe' }]);
    t.strictSame(await store.enrol(enrolmentOf('two')), { kind: 'refused', why: 'unknown-code' });
    t.strictSame(await store.enrol({ ...enrolmentOf('one'), codeSha256: '' }), {
      kind: 'refused',
      why: 'unknown-code',
    });
    t.strictSame(await store.enrol(enrolmentOf('one')), { kind: 'refused', why: 'certificate' });
    const mine = { ...enrolmentOf('one'), certificateSha256: 'fe' };
    const late = { ...mine, at: AT + 1_000 };
    t.strictSame(await store.enrol(late), { kind: 'refused', why: 'expired' });
    const answer = await store.enrol(mine);
    t.strictSame(answer, { kind: 'enrolled', id: 1, name: 'one', epoch: 1 });
    await store.shutdown();
    const after = await here.open();
    t.strictSame(await after.enrol({ ...mine, at: AT + 9_000 }), answer);
    t.strictSame(await after.enrol({ ...mine, tokenSha256: enrolmentOf('one', 'another').tokenSha256 }), {
      kind: 'refused',
      why: 'used',
    });
    t.strictSame(await after.enrol({ ...mine, publicKey: 'k' }), {
      kind: 'refused',
      why: 'used',
    });
    t.match(await after.switches(), [
      { state: 'active', epoch: 1, publicKey: 'key of one', tokenSha256: enrolmentOf('one').tokenSha256 },
    ]);
  });

  t.test('invites nobody who is active; another invitation takes the place of the first', async (t) => {
    const store = await (await place(t)).open();
    await store.invite(invitation('one'));
    await store.invite({ ...invitation('one'), codeSha256: codeOf('again') });
    t.strictSame(await store.enrol(enrolmentOf('one')), { kind: 'refused', why: 'unknown-code' });
    t.match(await store.enrol({ ...enrolmentOf('one'), codeSha256: codeOf('again') }), { epoch: 1 });
    t.strictSame(await store.invite(invitation('one')), { kind: 'active' });
    t.match(await store.switches(), [{ state: 'active' }]);
  });

  t.test(
    'retires by a decision: what was away or under way is in quarantine, the rest as told',
    async (t) => {
      const store = await (await place(t)).open();
      const peer = await enrolled(store, 'one');
      await store.takeIn(chunkOf(intakeRows(0, 10)));
      await store.allocate(allocation(peer, 4));
      const [sold = '', kept = ''] = (await peer.take()).map(({ mark }) => mark);
      await peer.say({
        changes: [...peer.changes('sold', sold), { kind: 'pin', id: 2, mark: kept, custody: 'quarantined' }],
      });
      await store.allocate(allocation(peer, 3));
      t.strictSame(await store.retire(retirement('two')), { kind: 'unknown' });
      t.strictSame(await store.retire(retirement('one')), { kind: 'retired', pins: 5 });
      t.strictSame(await store.retire(retirement('one')), { kind: 'already' });
      t.match(await peer.row(), { state: 'retired', why: 'disk lost' });
      t.strictSame(await store.transfersAfter(peer.id, 0, 9), []);
      t.strictSame(await store.holdings(), [
        { switchId: 0, product: 'TALK10', custody: 'stock', count: 3 },
        { switchId: peer.id, product: 'TALK10', custody: 'quarantined', count: 6 },
        { switchId: peer.id, product: 'TALK10', custody: 'sold', count: 1 },
      ]);
      t.strictSame(await store.enrol(enrolmentOf('one')), { kind: 'refused', why: 'used' });
      await booksAreRight(t, store);
    },
  );

  t.test('leaves a switch’s quarantine to the switch, until that is retired', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await store.takeIn(chunkOf(intakeRows(0, 3)));
    await store.allocate(allocation(peer, 3));
    const [a = '', b = ''] = (await peer.take()).map(({ mark }) => mark);
    const [first, second] = [peer.changes('quarantined', a, b), peer.changes('void', b)];
    await peer.say({ changes: first });
    const ids = (await store.quarantined(9)).map(({ id }) => id);
    const decision = { pinIds: ids, by: 'ann', why: 'x', at: AT };
    t.equal(await store.decide({ ...decision, to: 'stock' }), 0);
    t.equal(await store.decide({ ...decision, to: 'void' }), 0);
    t.match(await peer.say({ changes: second.map((change) => ({ ...change, id: 3 })) }), {
      kind: 'accepted',
    });
    await store.retire(retirement('one'));
    const released = (await store.quarantined(9)).map(({ id }) => id);
    t.equal(released.length, 2);
    t.equal(await store.decide({ ...decision, pinIds: released.slice(0, 1), to: 'stock' }), 1);
    t.equal(await store.decide({ ...decision, pinIds: released.slice(1), to: 'void' }), 1);
    t.strictSame(await store.holdings(), [
      { switchId: 0, product: 'TALK10', custody: 'stock', count: 1 },
      { switchId: peer.id, product: 'TALK10', custody: 'void', count: 2 },
    ]);
    const other = await enrolled(store, 'two');
    t.match(await store.allocate(allocation(other, 9)), { kind: 'transferred', count: 1 });
    await booksAreRight(t, store);
  });

  t.test('anew begins a new epoch, apart from what the former one held', async (t) => {
    const store = await (await place(t)).open();
    const peer = await enrolled(store, 'one');
    await store.takeIn(chunkOf(intakeRows(0, 10)));
    await store.allocate(allocation(peer, 3, { ask: 'a' }));
    const [a = '', b = ''] = (await peer.take()).map(({ mark }) => mark);
    const sales = [saleOf(1), saleOf(2)];
    await peer.say({ changes: peer.changes('sold', a), sales });
    const old = peer.copy();
    await peer.say();
    await old.say();
    t.match(await peer.row(), { why: 'stale', state: 'active' });
    const next = await enrolled(store, 'one');
    t.match(next, { id: peer.id, epoch: 2 });
    t.match(await next.row(), { why: '', state: 'active', transfer: 0, contact: 0, link: '', change: 0 });
    t.match(await store.audit(), { byCustody: { quarantined: 2, sold: 1 } });
    t.match(await store.allocate(allocation(next, 2, { ask: 'a' })), { kind: 'transferred', number: 1 });
    const taken = (await next.take()).map(({ mark }) => mark);
    t.match(await next.say({ changes: next.changes('sold', b) }), { kind: 'refused', why: 'not-holder' });
    t.match(await next.say({ changes: next.changes('sold', taken[0] ?? '') }), { kind: 'accepted' });
    t.match(await next.say({ sales, afterJournal: 0 }), { journal: 2 }, 'the same sales, told anew');
    t.match(await store.demand(0), [{ sold: 2 }]);
    t.match(await next.say({ sales: [saleOf(1, { at: AT + 99 })], afterJournal: 0, journal: 2 }), {});
    t.match(await store.demand(0), [{ sold: 3 }], 'another journal’s first sale');
    const statement = { change: 1, transfer: 1, lines: [] };
    await next.say({ statement });
    t.match(await next.row(), { difference: 'TALK10 away: here 1, there 0; TALK10 sold: here 1, there 0' });
    await booksAreRight(t, store);
    t.match(await peer.say(), { kind: 'refused', why: 'epoch' });
    const ids = (await store.quarantined(9)).map(({ id }) => id);
    t.equal(await store.decide({ pinIds: ids, to: 'stock', by: 'ann', why: 'disk read', at: AT }), 2);
    await booksAreRight(t, store);
  });
};
