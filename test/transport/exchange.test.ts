/** Requests and answers are matched by key alone: out of order, late, twice, or lost with their connection. */
import t from 'tap';
import { systemClock } from '../../src/base/clock.js';
import { systemRandom } from '../../src/base/random.js';
import { connect, Exchange, linkSchema } from '../../src/transport/index.js';
import { framed, RawHost, Tally, until, VirtualClock } from './peer.js';

const body = (text: string): Buffer => Buffer.from(text);

function exchangeOf(accepts = true, requestsMax?: number) {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const exchange = new Exchange(
    clock,
    (one) => {
      sent.push(one.toString());
      return accepts;
    },
    requestsMax,
  );
  return { clock, sent, exchange };
}

t.test('answers that come out of order find their own requests', async (t) => {
  const { exchange } = exchangeOf();
  const one = exchange.request('1', body('one'), 1_000);
  const two = exchange.request('2', body('two'), 1_000);
  t.ok(exchange.offer('2', { body: body('to two') }));
  t.ok(exchange.offer('1', { body: body('to one') }));
  t.same(await one, { kind: 'answer', body: body('to one') });
  t.same(await two, { kind: 'answer', body: body('to two') });
  t.equal(exchange.inFlight, 0);
});

t.test('a key in flight is refused, not sent, and the one that waits is answered', async (t) => {
  const { exchange, sent } = exchangeOf();
  const first = exchange.request('7', body('first'), 1_000);
  t.same(await exchange.request('7', body('second'), 1_000), { kind: 'duplicate-key' });
  t.ok(exchange.offer('7', { body: body('answer') }));
  t.match(await first, { kind: 'answer' });
  t.same(sent, ['first']);
  t.match(exchange.request('7', body('third'), 1), Promise, 'and the key is free again');
});

t.test('an answer after its time is nobody’s, and so is a second one', async (t) => {
  const { exchange, clock } = exchangeOf();
  const slow = exchange.request('1', body('slow'), 1_000);
  clock.advance(1_000);
  t.same(await slow, { kind: 'timeout' });
  t.notOk(exchange.offer('1', { body: body('late') }));
  const twice = exchange.request('2', body('twice'), 1_000);
  t.ok(exchange.offer('2', { body: body('a') }));
  t.notOk(exchange.offer('2', { body: body('b') }));
  t.match(await twice, { kind: 'answer', body: body('a') });
});

t.test('a request that no connection takes is not sent', async (t) => {
  const { exchange } = exchangeOf(false);
  t.same(await exchange.request('1', body('x'), 1_000), { kind: 'not-sent' });
  t.equal(exchange.inFlight, 0);
});

t.test('over the number of requests the next is not sent', async (t) => {
  const { exchange, sent } = exchangeOf(true, 2);
  const one = exchange.request('1', body('one'), 1_000);
  void exchange.request('2', body('two'), 1_000);
  t.same(await exchange.request('3', body('three'), 1_000), { kind: 'not-sent' });
  t.same(sent, ['one', 'two']);
  exchange.lose();
  t.same(await one, { kind: 'lost' });
});

t.test('over a real link: matched, then lost with the connection', async (t) => {
  const host = await RawHost.start(t);
  let late = 0;
  const link = linkSchema.parse({ name: 'host', mode: 'connect', port: host.port, framing: 'length2' });
  const exchange: Exchange = new Exchange(systemClock, (one) => connector.send(one));
  const connector = connect(
    link,
    {
      onFrame(frame) {
        if (!exchange.offer(frame.body.toString('latin1', 0, 1), frame)) late += 1;
      },
      onClose: () => exchange.lose(),
    },
    { clock: systemClock, random: systemRandom, counters: new Tally() },
  );
  t.teardown(() => connector.close());
  t.same(await exchange.request('0', body('0'), 1_000), { kind: 'not-sent' }, 'before it is up');
  await connector.whenUp();
  const replies = ['1', '2', '3'].map((key) => exchange.request(key, body(key), 60_000));
  t.ok(await until(() => host.peers[0]?.received.length === 9));
  host.peers[0]?.write(Buffer.concat([framed('2b'), framed('9?'), framed('1a')]));
  t.same(await replies[0], { kind: 'answer', body: body('1a') });
  t.same(await replies[1], { kind: 'answer', body: body('2b') });
  t.equal(late, 1);
  host.peers[0]?.socket.destroy();
  t.same(await replies[2], { kind: 'lost' });
});
