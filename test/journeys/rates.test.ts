/** Floods: a terminal over its rate is not answered and repeats, an address over its rate waits, nobody beside them notices. */
import t, { type Test } from 'tap';
import { Client, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { baseConfig, startSwitch } from '../support/process.js';

async function limited(t: Test, limits: Record<string, number>) {
  const config = baseConfig();
  const [link] = config.links as Record<string, unknown>[];
  config.links = [
    { ...link, limits },
    { ...link, name: 'beside' },
  ];
  return startSwitch(t, { pins: { TALK10: 300 }, config });
}

async function counted(admin: number | undefined, what: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const line = text.split('\n').find((one) => one.includes(`"${what}"`) && one.includes('"ascii"'));
  return Number(line?.split(' ').pop() ?? 0);
}

t.test(
  'a terminal that floods gets as many answers as its rate allows, and each sale by a repeat',
  async (t) => {
    const { ports, json } = await limited(t, { terminalMessagesPerSecond: 10, terminalMessagesBurst: 5 });
    const client = await Client.open(ports.ascii ?? 0);
    const beside = await Client.open(ports.beside ?? 0);
    t.teardown(() => [client, beside].map((one) => one.close()));
    const sales = Array.from({ length: 15 }, () => saleOf('TALK10', 1_000));
    const begun = performance.now();
    const asked = sales.map((sale) => client.ask('0200', sale, 400));
    t.equal((await beside.ask('0200', saleOf('TALK10', 1_000)))?.fields[39], '00', 'another link is served');
    const answers = await Promise.all(asked);
    const answered = answers.filter((one) => one !== undefined);
    const most = 5 + Math.ceil((10 * (performance.now() - begun)) / 1_000);
    t.ok(answered.length >= 5 && answered.length <= most, `${answered.length} answered`);
    for (const one of answered) t.equal(one?.fields[39], '00', 'none was refused');
    t.ok((await counted(ports.admin, 'rate-limited')) >= sales.length - most);
    const pins = new Set(answered.flatMap((one) => (one ? pinsOf(one) : [])));
    for (const sale of sales) {
      let answer: Awaited<ReturnType<Client['ask']>>;
      for (let left = 20; answer === undefined && left > 0; left -= 1)
        answer = await client.ask('0201', sale, 200);
      t.equal(answer?.fields[39], '00');
      for (const pin of answer ? pinsOf(answer) : []) pins.add(pin);
    }
    t.equal(pins.size, sales.length, 'each sale has one PIN');
    t.match(await json('stock', 'audit'), { ok: true, byCustody: { sold: sales.length + 1 } });
  },
);

t.test(
  'an address that floods is read from as fast as its rate allows, over all its connections',
  async (t) => {
    const { ports } = await limited(t, { addressFramesPerSecond: 40, addressFramesBurst: 10 });
    const flood = await Promise.all([1, 2].map(() => Client.open(ports.ascii ?? 0)));
    const other = await Client.open(ports.ascii ?? 0, { from: '127.0.0.2' });
    t.teardown(() => [...flood, other].map((one) => one.close()));
    const begun = performance.now();
    const asked = flood.flatMap((client) =>
      Array.from({ length: 30 }, () => client.ask('0200', saleOf('TALK10', 1_000))),
    );
    t.equal((await other.ask('0200', saleOf('TALK10', 1_000)))?.fields[39], '00');
    t.ok(performance.now() - begun < 1_000, 'another address is served meanwhile');
    const answers = await Promise.all(asked);
    t.ok(
      answers.every((one) => one?.fields[39] === '00'),
      'each is answered in the end',
    );
    t.ok(performance.now() - begun > 1_000, 'fifty of them at forty a second');
    t.ok((await counted(ports.admin, 'rate-pause')) > 0);
  },
);
