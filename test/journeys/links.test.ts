/** U2: acquirers over long-lived links, either side connecting, many messages in flight. T5. */
import { writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { Client, creditOf, framed, identity, saleOf } from '../support/client.js';
import { buildIso, type IsoMessage, parseIso, pinsOf } from '../support/iso.js';
import { baseConfig, freePort, run, scratch, startSwitch } from '../support/process.js';
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

t.test('SIGTERM with a drain delay: not ready at once, serving as before, then drained', async (t) => {
  const running = await startSwitch(t, { pins: { TALK10: 3 }, config: { times: { drainDelayMs: 1_500 } } });
  const sells = async (client: Client): Promise<unknown> =>
    (await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39];
  const readyz = () => fetch(`http://127.0.0.1:${running.ports.admin}/readyz`);
  const old = await Client.open(running.ports.ascii ?? 0);
  t.equal((await readyz()).status, 200);
  const asked = Date.now();
  const exited = running.child.kill('SIGTERM');
  t.ok(await eventually(async () => (await readyz()).status === 503));
  t.same(await (await readyz()).json(), { status: 'draining' });
  t.equal(await sells(old), '00', 'who was there is served');
  const late = await Client.open(running.ports.ascii ?? 0);
  t.equal(await sells(late), '00', 'who comes yet as well');
  t.ok(Date.now() - asked < 1_500, 'all this before its time');
  t.ok(await eventually(async () => old.closed && late.closed));
  t.ok(Date.now() - asked >= 1_500, 'closed when it was over');
  t.equal(await exited, 0);
});

/** An acquirer's host of the test's own: takes one connection, answers network messages, keeps what it was sent. */
class Acquirer {
  readonly got: IsoMessage[] = [];
  answers = true;
  /** DE39 of its answers. */
  code = '00';
  socket: Socket | undefined;
  connections = 0;

  static async open(t: Test, port: number): Promise<Acquirer> {
    const host = new Acquirer();
    const server = createServer((socket) => host.#take(socket));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.teardown(() => {
      host.socket?.destroy();
      server.close();
    });
    return host;
  }

  #take(socket: Socket): void {
    this.connections += 1;
    this.socket = socket;
    socket.on('error', () => {});
    socket.on('data', (chunk: Buffer) => {
      for (let at = 0; at + 2 <= chunk.length; at += 2 + chunk.readUInt16BE(at))
        this.#hear(socket, parseIso(chunk.subarray(at + 2, at + 2 + chunk.readUInt16BE(at))));
    });
  }

  #hear(socket: Socket, message: IsoMessage): void {
    this.got.push(message);
    if (message.mti !== '0800' || !this.answers) return;
    socket.write(framed(buildIso('0810', { ...message.fields, 39: this.code })));
  }

  codes(): (string | undefined)[] {
    return this.got.filter(({ mti }) => mti === '0800').map(({ fields }) => fields[70]);
  }
}

t.test(
  'U2: the switch signs on, asks for echoes on a quiet line, and calls again where they stay unanswered',
  async (t) => {
    const port = await freePort();
    const acquirer = await Acquirer.open(t, port);
    const link = {
      ...baseLink,
      name: 'acquirer',
      mode: 'connect',
      port,
      session: { signOn: true, echoMs: 150, echoMissesMax: 2, replyMs: 100 },
      limits: { reconnectFirstMs: 50, reconnectMaxMs: 200 },
    };
    await startSwitch(t, { pins: { TALK10: 5 }, config: { links: [link] } });
    t.ok(await eventually(async () => acquirer.codes().length >= 3));
    t.same(acquirer.codes().slice(0, 3), ['001', '301', '301']);
    const stans = acquirer.got.map(({ fields }) => fields[11]);
    t.equal(new Set(stans).size, stans.length, 'each has a STAN of its own');
    t.match(acquirer.got[0]?.fields[7], /^\d{10}$/);
    acquirer.socket?.write(framed(buildIso('0200', saleOf('TALK10', 1000))));
    t.ok(
      await eventually(async () =>
        acquirer.got.some(({ mti, fields }) => mti === '0210' && fields[39] === '00'),
      ),
    );
    t.equal(acquirer.connections, 1);
    acquirer.answers = false;
    t.ok(await eventually(async () => acquirer.connections >= 2), 'closed, and called again');
    acquirer.answers = true;
    const seen = acquirer.codes().length;
    t.ok(
      await eventually(async () => acquirer.codes().slice(seen).includes('301')),
      'signed on anew, and quiet again',
    );
  },
);

t.test(
  'U2: where the peer has to sign on first, nothing is sold before that nor after its sign-off',
  async (t) => {
    const link = { ...baseLink, session: { peerSignsOn: true } };
    const { ports, json } = await startSwitch(t, { pins: { TALK10: 2 }, config: { links: [link] } });
    const client = await Client.open(ports.ascii ?? 0);
    t.teardown(() => client.close());
    const sell = async () => (await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39];
    const manage = async (code: string) => (await client.ask('0800', identity({ 70: code })))?.fields[39];
    t.equal(await sell(), '58');
    t.equal(await manage('301'), '00', 'an echo is answered');
    t.equal(await sell(), '58');
    t.equal(await manage('001'), '00');
    t.equal(await sell(), '00');
    t.equal(await manage('002'), '00');
    t.equal(await sell(), '58');
    t.match(await json('stock', 'audit'), { byCustody: { sold: 1, stock: 1 }, ok: true });
  },
);

t.test('U2: a host that refuses our sign-on is called again less and less often', async (t) => {
  const port = await freePort();
  const acquirer = await Acquirer.open(t, port);
  acquirer.code = '91';
  const limits = { reconnectFirstMs: 50, reconnectMaxMs: 60_000 };
  const link = { ...baseLink, name: 'acquirer', mode: 'connect', port, session: { signOn: true }, limits };
  await startSwitch(t, { config: { links: [link] } });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  t.ok(acquirer.connections >= 2, 'it is called again');
  t.ok(acquirer.connections <= 8, `${acquirer.connections} calls`);
});

/** As a host does, until it is told to stop. */
function answerEchoes(client: Client): () => void {
  const timer = setInterval(() => {
    for (const frame of client.frames.splice(0)) {
      const { mti, fields } = parseIso(frame);
      if (mti === '0800') client.send(buildIso('0810', { ...fields, 39: '00' }));
      else client.frames.push(frame);
    }
  }, 10);
  return () => clearInterval(timer);
}

t.test('U2: echoes cost nobody an answer that is owed', async (t) => {
  const supplier = await startSupplier(t, 'http');
  const session = { echoMs: 100, echoMissesMax: 1, replyMs: 50 };
  const link = { ...baseLink, session, limits: { framesInFlightMax: 2 } };
  const running = await startSwitch(t, {
    config: { ...creditConfig({ http: supplier.port }), links: [link] },
  });
  const credit = () => creditOf('5550001234', 1_000);

  const busy = await Client.open(running.ports.ascii ?? 0);
  const stopBusy = answerEchoes(busy);
  await supplier.behave('delay', 'order', 2, 700);
  const answers = await Promise.all([1, 2, 3].map(() => busy.ask('0200', credit(), 8_000)));
  const codes = answers.map((answer) => answer?.fields[39]);
  t.same(codes, ['00', '00', '00'], 'a link that is not read, because so much is owed on it, is not silent');
  stopBusy();
  await busy.close();

  for (const leaves of ['peer', 'switch'] as const) {
    const client = await Client.open(running.ports.ascii ?? 0);
    await supplier.behave('delay', 'order', 1, 700);
    const ordered = (await supplier.ledger()).length;
    const stop = answerEchoes(client);
    client.send(buildIso('0200', credit()));
    t.ok(await eventually(async () => (await supplier.ledger()).length > ordered));
    stop();
    if (leaves === 'peer') client.socket.end();
    else void running.child.kill('SIGTERM');
    const answer = await client.take((frame) => parseIso(frame).mti === '0210', 5_000);
    t.equal(answer && parseIso(answer).fields[39], '00', `the ${leaves} ends its side`);
    await client.close();
  }
});

t.test('a session that its profile cannot say stops the start with one line', async (t) => {
  const folder = scratch(t);
  const file = join(folder, 'switch.yaml');
  const link = { ...baseLink, format: 'iso87-ascii', profile: 'telco-gateway', session: { signOn: true } };
  writeFileSync(file, stringify({ ...baseConfig(), links: [link] }));
  const { code, stderr } = await run(['check', file]);
  t.equal(code, 2);
  t.match(stderr, /links\.ascii: telco-gateway: has no rule for sign-on/);
  t.equal(stderr.trim().split('\n').length, 1);
});

t.test('U2, T12: a link of terminals neither closes the day nor tells the totals of all', async (t) => {
  const links = [baseLink, { ...baseLink, name: 'terminals', peer: 'terminals' }];
  const { ports, json } = await startSwitch(t, { config: { links } });
  const [host, terminal] = await Promise.all(
    [ports.ascii, ports.terminals].map((port) => Client.open(port ?? 0)),
  );
  t.teardown(() => Promise.all([host?.close(), terminal?.close()]));
  const { 41: _, 42: __, ...nobody } = identity();
  const totals = { ...nobody, 50: '840', 76: '0'.repeat(10) };
  const fresh = { 11: identity()[11] ?? '' };
  t.equal((await terminal?.ask('0500', totals))?.fields[39], '58');
  t.equal(
    (await terminal?.ask('0500', identity({ 50: '840', 76: '0'.repeat(10) })))?.fields[39],
    '00',
    'its own',
  );
  t.equal((await terminal?.ask('0800', { ...nobody, 70: '201' }))?.fields[39], '58');
  t.match(
    await json('journal', 'list'),
    { transactions: [{ service: 'reconciliation' }] },
    'nothing was done',
  );
  t.equal((await host?.ask('0500', { ...totals, ...fresh }))?.fields[39], '00');
});
