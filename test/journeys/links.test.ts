/** U2: acquirers over long-lived links, either side connecting, many messages in flight. T5. */
import { createServer, type Socket } from 'node:net';
import t from 'tap';
import { Client, creditOf, framed, identity, saleOf } from '../support/client.js';
import { buildIso, parseIso, pinsOf } from '../support/iso.js';
import { baseConfig, freePort, startSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

const [baseLink] = baseConfig().links as Record<string, unknown>[];

t.test('U2: sign-on, echo and sign-off are answered', async (t) => {
  const { ports } = await startSwitch(t);
  const client = await Client.open(ports.ascii ?? 0);
  t.teardown(() => client.close());
  for (const code of ['001', '301', '002']) {
    const { 41: _, 42: __, ...fields } = identity({ 70: code });
    const answer = await client.ask('0800', fields);
    t.equal(answer?.mti, '0810');
    t.equal(answer?.fields[39], '00');
    t.equal(answer?.fields[70], code);
  }
});

t.test('U2: many messages are in flight on one socket, and a slow one holds up no other', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const { ports } = await startSwitch(t, {
    pins: { TALK10: 100 },
    config: creditConfig({ http: supplier.port }),
  });
  const client = await Client.open(ports.ascii ?? 0);
  t.teardown(() => client.close());
  await supplier.behave('delay', 'order', 1, 1_500);
  const order: string[] = [];
  const slow = client.ask('0200', creditOf('5550001234', 1_000)).then((answer) => {
    order.push('slow');
    return answer;
  });
  const sales = Array.from({ length: 60 }, () => client.ask('0200', saleOf('TALK10', 1000)));
  const answers = await Promise.all(sales);
  order.push('sales');
  t.ok(answers.every((answer) => answer?.fields[39] === '00'));
  t.equal(new Set(answers.flatMap((answer) => (answer ? pinsOf(answer) : []))).size, 60);
  t.equal((await slow)?.fields[39], '00');
  t.same(order, ['sales', 'slow'], 'answers came in the order in which they were ready');
});

t.test('U2: the switch connects to the acquirer, and connects again after it was away', async (t) => {
  const port = await freePort();
  let acquirer: Socket | undefined;
  const take = (): Promise<Socket> =>
    new Promise((resolve) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        server.close();
        acquirer = socket;
        resolve(socket);
      }).listen(port, '127.0.0.1');
    });
  const link = {
    ...baseLink,
    name: 'acquirer',
    mode: 'connect',
    port,
    limits: { reconnectFirstMs: 50, reconnectMaxMs: 200 },
  };
  const first = take();
  await startSwitch(t, { pins: { TALK10: 5 }, config: { links: [link] } });
  for (const round of ['first', 'second']) {
    const socket = round === 'first' ? await first : await take();
    const answer = new Promise<Buffer>((resolve) => socket.once('data', resolve));
    socket.write(framed(buildIso('0200', saleOf('TALK10', 1000))));
    t.equal(parseIso((await answer).subarray(2)).fields[39], '00', round);
    socket.destroy();
  }
  acquirer?.destroy();
});

t.test(
  'SIGTERM drains: what is under way is answered, nothing new is taken, the exit code is 0',
  async (t) => {
    const supplier = await startSupplier(t, 'http');
    const running = await startSwitch(t, { config: creditConfig({ http: supplier.port }) });
    const client = await Client.open(running.ports.ascii ?? 0);
    await supplier.behave('delay', 'order', 1, 1_000);
    const answer = client.ask('0200', creditOf('5550001234', 1_000));
    t.ok(await eventually(async () => (await supplier.ledger()).length === 1));
    const exited = running.child.kill('SIGTERM');
    t.ok(
      await eventually(async () => {
        const late = await Client.open(running.ports.ascii ?? 0).catch(() => undefined);
        await late?.close();
        return late === undefined;
      }),
      'no new connection',
    );
    t.equal((await answer)?.fields[39], '00');
    t.equal(await exited, 0);
    t.ok(client.closed || (await eventually(async () => client.closed)));
  },
);
