/** A switch's side of its network against a hub of the tests' own, over HTTP, on a real store. */
import t from 'tap';
import { openStock, saleOf } from '../../stock/stock.js';
import { TestHub } from './hub.js';
import { FAST, joinOf, pinsOf, startMember, stockOf, until } from './member.js';

t.test(
  'transfers are taken in, in order, and the hub is told at once; a sale follows within moments',
  async (t) => {
    const hub = await TestHub.start(t);
    const { store, vault } = await startMember(t, hub);
    hub.send(await pinsOf('TALK10', 3));
    hub.send(await pinsOf('TALK20', 2));
    await until(() => hub.contacts.at(-1)?.transfer === 2, 'both transfers told');
    t.equal(await stockOf(store), 3);
    t.equal(await stockOf(store, 'TALK20'), 2);
    const sold = await store.sell(saleOf(1));
    t.equal(sold.kind, 'sold');
    if (sold.kind === 'sold') {
      t.match(vault.openPin(sold.pins[0] as never, 'TALK10'), /^TALK10-\d$/, 'the PIN opens here');
    }
    await until(() => hub.change > 0, 'the change told');
    const told = hub.contacts.find(({ changes }) => changes.length > 0);
    t.match(told?.changes, [{ kind: 'pin', custody: 'sold' }]);
    t.match(
      hub.contacts.flatMap(({ sales }) => sales),
      [{ kind: 'sold', product: 'TALK10', merchant: 'DEMOMERCHANT001' }],
    );
    await until(async () => (await store.membership())?.toldChange === hub.change);
    t.same(await store.changes(0, 10), [], 'what the hub knows is kept no longer');
  },
);

t.test('every call says who it is, and the token is never told when joining', async (t) => {
  const hub = await TestHub.start(t);
  await startMember(t, hub);
  const contact = hub.calls.find(({ path }) => path === '/v1/contact');
  const token = String(contact?.headers.authorization).replace('Bearer ', '');
  t.equal(contact?.headers['x-switch'], 'north 1');
  t.ok(token.length >= 43);
  const enrolment = hub.calls.find(({ path }) => path === '/v1/enrol');
  t.notMatch(JSON.stringify(enrolment?.body), token);
});

t.test(
  'an answer that is lost is asked for again under the same link, and nothing counts twice',
  async (t) => {
    const hub = await TestHub.start(t);
    const { store } = await startMember(t, hub);
    hub.send(await pinsOf('TALK10', 2));
    await until(() => hub.contacts.at(-1)?.transfer === 1);
    hub.mishaps.set('/v1/contact', ['lose-answer', 'lose-request', 'lose-answer']);
    const before = hub.contacts.length;
    await store.sell(saleOf(1));
    await until(async () => ((await store.membership())?.toldChange ?? 0) > 0, 'the change told');
    // The chain goes on at once: a later contact may have begun.
    const again = hub.contacts.slice(before, before + 3);
    t.equal(again.length, 3, 'two whose answers were lost, and the one that was answered');
    t.equal(new Set(again.map(({ contact, nextLink }) => `${contact} ${nextLink}`)).size, 1);
    await store.sell(saleOf(2));
    await until(() => hub.change === 2, 'the chain goes on');
  },
);

t.test('after a restart in the middle of a contact the same one is made again', async (t) => {
  const hub = await TestHub.start(t);
  const member = await startMember(t, hub);
  const { store } = member;
  const begun = await store.beginContact('cd'.repeat(16));
  await member.restart();
  await until(() => hub.contacts.at(-1)?.contact === begun.contact);
  t.equal(hub.contacts.at(-1)?.nextLink, begun.nextLink);
});

t.test('a hub that is away: selling goes on, and all is told when it is back', async (t) => {
  const hub = await TestHub.start(t);
  const { store, lines, client } = await startMember(t, hub);
  hub.send(await pinsOf('TALK10', 20));
  await until(() => hub.contacts.at(-1)?.transfer === 1);
  await hub.close();
  await until(() => !client.isConnected);
  for (let n = 0; n < 10; n += 1) t.equal((await store.sell(saleOf(n))).kind, 'sold');
  t.equal(await client.askPins('TALK10', 1, Date.now() + 5_000), false, 'nobody is asked in vain');
  hub.send(await pinsOf('TALK10', 5, 100));
  await hub.listen();
  await until(() => hub.change === 10, 'all changes told');
  await until(async () => (await stockOf(store)) === 15, 'what was sent meanwhile is here');
  t.equal(lines.filter(({ message }) => /hub is away/.test(message)).length, 1);
  t.equal(lines.filter(({ message }) => /hub is back/.test(message)).length, 1);
});

t.test('a hub that never holds a poll is not called without end', async (t) => {
  const hub = await TestHub.start(t);
  const nothing = { transfer: 0, recalls: [], revision: 0, statementWanted: 0, restate: false };
  hub.mishaps.set('/v1/poll', Array(1_000).fill({ status: 200, body: nothing }));
  const from = Date.now();
  await startMember(t, hub);
  const polls = (): number => hub.calls.filter(({ path }) => path === '/v1/poll').length;
  await until(() => polls() >= 20, '20 polls');
  t.ok(Date.now() - from >= 150, 'between two of them it rests');
});

t.test('more changes than one contact holds go in several, in order', async (t) => {
  const hub = await TestHub.start(t);
  const { store } = await startMember(t, hub);
  hub.send(await pinsOf('TALK10', 6_000));
  await until(() => hub.contacts.at(-1)?.transfer === 1);
  hub.recalls = [{ kind: 'pins', number: 1, product: 'TALK10', count: 6_000, first: 'soonest' }];
  hub.wake();
  await until(() => hub.change >= 6_000, 'all told');
  const told = hub.contacts.filter(({ changes }) => changes.length > 0);
  t.equal(told.length, 2);
  const ids = told.flatMap(({ changes }) => changes.map(({ id }) => id));
  t.same(
    ids,
    [...ids].sort((one, other) => one - other),
  );
  t.equal(new Set(ids).size, 6_000);
  t.equal(told[0]?.recall, 0, 'the recall counts as carried out only with its last change');
  t.equal(told[1]?.recall, 1);
  t.equal(await stockOf(store), 0);
});

t.test('a recall gives back what is here, once, and the hub knows within moments', async (t) => {
  const hub = await TestHub.start(t);
  const { store } = await startMember(t, hub);
  hub.send(await pinsOf('TALK10', 5));
  await until(() => hub.contacts.at(-1)?.transfer === 1);
  hub.recalls = [
    { kind: 'pins', number: 2, product: 'TALK10', count: 2, first: 'latest' },
    { kind: 'pins', number: 1, product: 'TALK10', count: 1, first: 'soonest' },
  ];
  hub.wake();
  await until(() => hub.contacts.at(-1)?.recall === 2);
  t.equal(await stockOf(store), 2, 'both, in the order of their numbers');
  const returned = hub.contacts.flatMap(({ changes }) => changes).filter((one) => one.kind === 'pin');
  t.match(returned, [{ custody: 'returned' }, { custody: 'returned' }, { custody: 'returned' }]);
});

t.test('a transfer that is forged, or was meant for another epoch, changes nothing', async (t) => {
  const hub = await TestHub.start(t);
  const { store, lines } = await startMember(t, hub);
  const { keys } = hub;
  const other = await TestHub.start(t);
  Object.assign(hub, { keys: other.keys });
  hub.send(await pinsOf('TALK10', 2));
  await until(() => lines.some(({ message }) => /could not be taken in/.test(message)));
  t.match(lines.at(-1)?.fields, { error: /not from this hub/ });
  hub.epoch = 2;
  Object.assign(hub, { keys });
  await until(() => lines.some(({ fields }) => /epoch: 2, expected 1/.test(JSON.stringify(fields))));
  t.equal(await stockOf(store), 0);
  hub.epoch = 1;
  await until(async () => (await stockOf(store)) === 2, 'the right one is taken all the same');
});

t.test('told to stop, it sells nothing more, after a restart too', async (t) => {
  const hub = await TestHub.start(t);
  const member = await startMember(t, hub);
  const { store, client, lines } = member;
  hub.send(await pinsOf('TALK10', 5));
  await until(() => hub.contacts.at(-1)?.transfer === 1);
  hub.refuses = { error: 'retired', detail: 'north was retired', fatal: true };
  await store.sell(saleOf(1));
  await until(() => client.stopped !== '');
  t.equal(client.stopped, 'retired: north was retired');
  await until(async () => (await store.membership())?.stopped !== '');
  t.not((await store.sell(saleOf(2))).kind, 'sold');
  t.equal(await client.askPins('TALK10', 1, Date.now() + 1_000), false);
  t.ok(lines.some(({ level, message }) => level === 'error' && /stop selling/.test(message)));
  const count = hub.contacts.length;
  const again = await member.restart();
  t.equal(again.stopped, 'retired: north was retired');
  t.equal(hub.contacts.length, count, 'it does not even call');
});

t.test('refused at the first contact, a start ends with that', async (t) => {
  const hub = await TestHub.start(t);
  hub.refuses = { error: 'stale', detail: 'contact 3, here 9', fatal: true };
  const patient = { ...FAST, times: { ...FAST.times, startMs: 3_000_000 } };
  const { client } = await startMember(t, hub, patient);
  t.equal(client.stopped, 'stale: contact 3, here 9', 'without waiting any longer');
});

t.test('a start without a hub goes on after its time', async (t) => {
  const hub = await TestHub.start(t);
  const options = { ...FAST, times: { ...FAST.times, startMs: 100 } };
  const member = await startMember(t, hub, options, () => hub.close());
  t.equal(member.client.stopped, '');
  t.equal(member.client.isConnected, false);
  await hub.listen();
  await until(() => member.client.isConnected, 'found when it is there');
});

t.test('a hub whose books are old is told all that came from it, and selling goes on', async (t) => {
  const hub = await TestHub.start(t);
  const { store, client, lines } = await startMember(t, hub);
  hub.send(await pinsOf('TALK10', 2_500));
  await until(() => hub.contacts.at(-1)?.transfer === 1);
  await store.sell(saleOf(0));
  await until(async () => ((await store.membership())?.toldJournal ?? 0) === 1);
  hub.journal = 0;
  hub.refuses = { error: 'hub-behind', detail: 'contact 9, here 2', fatal: false };
  await store.sell(saleOf(1));
  await until(() => lines.some(({ message }) => /refuses this switch/.test(message)));
  t.equal((await store.sell(saleOf(2))).kind, 'sold');
  t.equal(client.stopped, '');
  hub.mustRestate = true;
  hub.wake();
  await until(() => hub.restated.at(-1)?.end !== undefined);
  t.same(
    hub.restated.map(({ pins }) => pins.length),
    [2_000, 500],
  );
  const membership = await store.membership();
  t.match(hub.restated[1]?.end, { contact: membership?.contact, transfer: 1, change: 1, through: 3 });
  const before = hub.contacts.length;
  hub.refuses = undefined;
  await until(() => hub.change === 3, 'contacts go on');
  await until(() => hub.journal === 3, 'sales that the hub has lost are told again');
  const told = hub.contacts.slice(before).flatMap(({ sales }) => sales.map(({ transaction }) => transaction));
  t.same([...new Set(told)].sort(), [1, 2, 3]);
});

t.test('a statement is told when it is wanted, once, at exactly what is told with it', async (t) => {
  const hub = await TestHub.start(t);
  const { store } = await startMember(t, hub);
  hub.send(await pinsOf('TALK10', 3));
  await until(() => hub.contacts.at(-1)?.transfer === 1);
  await store.sell(saleOf(1));
  hub.statementWanted = Date.now();
  hub.wake();
  await until(() => hub.contacts.some(({ statement }) => statement));
  const stated = hub.contacts.filter(({ statement }) => statement);
  t.equal(stated.length, 1);
  const { change = 0, transfer = 0 } = stated[0] ?? {};
  t.match(stated[0]?.statement, {
    change,
    transfer,
    lines: [
      { custody: 'sold', count: 1 },
      { custody: 'stock', count: 2 },
    ],
  });
});

t.test('what merchants have left is told when it changed', async (t) => {
  const hub = await TestHub.start(t);
  await startMember(t, hub);
  const lease = { merchant: 'SHOP', currency: '840', amount: 5_000 };
  hub.send({ product: '', pins: [], dataKeys: new Map(), leases: [lease] });
  await until(() => hub.contacts.some(({ leases }) => leases.length > 0));
  t.same(
    hub.contacts.flatMap(({ leases }) => leases),
    [lease],
  );
});

t.test(
  "the hub's catalogue is followed by its portions; only those that are lacking are fetched",
  async (t) => {
    const hub = await TestHub.start(t);
    const { store, stored, lines } = await startMember(t, hub);
    const fetched = (): number => hub.calls.filter(({ path }) => path.startsWith('/v1/portions/')).length;
    hub.publish(['{"a":1}', '{"b":1}']);
    await until(async () => (await store.membership())?.revision === 1);
    t.equal(fetched(), 2);
    t.equal(await store.cataloguePortion(1, 1), '{"b":1}');
    t.match(await store.revisions(0, 1), [{ by: 'hub', portions: 2 }]);
    hub.publish(['{"a":1}', '{"b":2}']);
    await until(async () => (await store.membership())?.revision === 2);
    t.equal(fetched(), 3);
    t.equal(stored.length, 2);
    hub.publish(['{"c":1}']);
    for (const digest of hub.portions.keys()) hub.portions.set(digest, 'something else');
    await until(() => lines.some(({ fields }) => /not what its digest says/.test(JSON.stringify(fields))));
    t.equal(await store.lastRevision(), 2, 'a portion that was changed on its way is not taken');
  },
);

t.test(
  'a code whose answer was lost works again, with the same key and token; then it changes nothing',
  async (t) => {
    const hub = await TestHub.start(t);
    const stock = await openStock(t);
    hub.mishaps.set('/v1/enrol', [
      'lose-answer',
      { status: 403, body: { error: 'expired', detail: 'old', fatal: false } },
    ]);
    t.match(await joinOf(stock, hub), { kind: 'away' });
    t.match(await joinOf(stock, hub), { kind: 'refused', error: 'expired' });
    t.match(await joinOf(stock, hub), { kind: 'joined', name: 'north' });
    const bodies = hub.calls.map(({ body }) => JSON.stringify(body));
    t.equal(new Set(bodies).size, 1, 'the same each time');
    t.match(await joinOf(stock, hub), { kind: 'already' });
  },
);
