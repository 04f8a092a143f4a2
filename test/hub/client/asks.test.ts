/** Asks inside a sale: together where several lack the same, in time, and bounded. */
import t from 'tap';
import { TestHub } from './hub.js';
import { FAST, pinsOf, startMember, stockOf, until } from './member.js';

const soon = (): number => Date.now() + 3_000;

t.test('what is asked for comes in the answer itself, and is stock when the asker is told', async (t) => {
  const hub = await TestHub.start(t);
  const { client, store } = await startMember(t, hub);
  const pins = await pinsOf('TALK10', 1);
  hub.onAsk = () => void hub.send(pins);
  t.equal(await client.askPins('TALK10', 1, soon()), true);
  t.equal(await stockOf(store), 1);
  t.match(hub.asks, [{ kind: 'pins', product: 'TALK10', count: 1, transfer: 0, epoch: 1 }]);
  t.ok((hub.asks[0]?.withinMs ?? 0) <= 3_000 - FAST.times.askMarginMs);
});

t.test('askers of the same moment ask once, for all of them; those of another product apart', async (t) => {
  const hub = await TestHub.start(t);
  const { client } = await startMember(t, hub);
  const told = await Promise.all([
    ...Array.from({ length: 50 }, () => client.askPins('TALK10', 2, soon())),
    client.askPins('TALK20', 1, soon()),
    client.askMoney('SHOP', '840', 700, soon()),
    client.askMoney('SHOP', '840', 300, soon()),
  ]);
  t.ok(
    told.every((came) => !came),
    'nothing was given',
  );
  t.match(
    hub.asks
      .map((ask) => (ask.kind === 'pins' ? [ask.product, ask.count] : [ask.merchant, ask.amount]))
      .sort(),
    [
      ['SHOP', 1_000],
      ['TALK10', 100],
      ['TALK20', 1],
    ],
  );
});

t.test(
  'who comes while asks are under way is in the next one; no more are under way than allowed',
  async (t) => {
    const hub = await TestHub.start(t);
    const limits = { ...FAST.limits, asksMax: 3, asksOfOneMax: 2 };
    const { client } = await startMember(t, hub, { ...FAST, limits });
    const answer: (() => void)[] = [];
    hub.onAsk = () => new Promise<void>((resolve) => answer.push(resolve));
    const asked: Promise<boolean>[] = [];
    for (let n = 0; n < 5; n += 1) {
      asked.push(client.askPins('TALK10', 1, soon()));
      asked.push(client.askPins('TALK20', 1, soon()));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await until(() => hub.asks.length === 3);
    const begun = hub.asks.length;
    t.equal(begun, 3);
    while (answer.length > 0) {
      answer.shift()?.();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await Promise.all(asked);
    const sum = hub.asks.reduce((total, ask) => total + (ask.kind === 'pins' ? ask.count : 0), 0);
    t.equal(sum, 10, 'each was counted once');
    t.ok(hub.asks.length <= 6, 'those who waited went together');
  },
);

t.test('an asker waits no longer than it has time', async (t) => {
  const hub = await TestHub.start(t);
  const { client } = await startMember(t, hub);
  hub.onAsk = () => new Promise((resolve) => setTimeout(resolve, 8_000));
  const begun = Date.now();
  await client.askPins('TALK10', 1, begun + 100);
  t.ok(Date.now() - begun < 4_000);
  t.equal(await client.askPins('TALK10', 1, Date.now() + 1), false, 'without time nobody is asked');
  t.equal(hub.asks.length, 1);
});

t.test('what comes too late for its sale is ordinary stock', async (t) => {
  const hub = await TestHub.start(t);
  const { client, store } = await startMember(t, hub);
  const pins = await pinsOf('TALK10', 1);
  hub.onAsk = async () => {
    await new Promise((resolve) => setTimeout(resolve, 200));
    hub.send(pins);
  };
  await client.askPins('TALK10', 1, Date.now() + 50);
  t.equal(await stockOf(store), 0);
  await until(async () => (await stockOf(store)) === 1);
});

t.test('an ask whose answer is lost: the transfer is fetched as any other', async (t) => {
  const hub = await TestHub.start(t);
  const { client, store } = await startMember(t, hub);
  const pins = await pinsOf('TALK10', 1);
  hub.onAsk = () => void hub.send(pins);
  hub.mishaps.set('/v1/ask', ['lose-answer']);
  await client.askPins('TALK10', 1, soon());
  await until(async () => (await stockOf(store)) === 1);
});
