/**
 * What passes on a link is recorded, masked or encrypted, and neither a full disk nor one that stands still is felt by
 * those who buy. One switch, with a link for each way of recording; at the end it is killed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { sealingKeyOf } from '../../src/capture/sealed.js';
import { Client, creditOf, framed, saleOf } from '../support/client.js';
import { buildIso, type IsoFields, parseIso, pinsOf } from '../support/iso.js';
import { baseConfig, run, scratch, startSwitch } from '../support/process.js';
import { type RecordedStreams, recordingsOf, streamsIn } from '../support/recordings.js';
import { type Disk, failingDisk, smallDisk } from '../support/smallDisk.js';
import { creditConfig, eventually, startSupplier } from '../support/supplier.js';

const PAN = '4761739001010119';
const TRACK = '5413330089020011=2512601079360805';
const ACCOUNT = '7770009988776';
const DISK_MEBIBYTES = 24;
const ROTATE_BYTES = 65_536;
const FILES_MAX = 3;
/** So small that a disk that stands still is felt by the recording at once. */
const QUEUE_BYTES = 65_536;
const ROUND = 60;

const folder = join(scratch(t), 'recordings');
const small = smallDisk(t, DISK_MEBIBYTES);
const frozen = failingDisk(t, DISK_MEBIBYTES);
const keyFile = join(scratch(t), 'auditor.key');
const publicKey = (await run(['capture', 'key', keyFile, '--json'])).stdout;
const key = sealingKeyOf(readFileSync(keyFile, 'utf8'));

function link(name: string, record: Record<string, unknown>): unknown {
  const [first] = baseConfig().links as [Record<string, unknown>];
  return { ...first, name, record: { folder, freeBytesMin: 0, ...record } };
}

const supplier = await startSupplier(t, 'iso8583');
const credits = creditConfig({ iso8583: supplier.port }) as {
  suppliers: { link: object }[];
  catalogue: Record<string, unknown>;
};
const diskFolder = (disk: Disk | string): string => (typeof disk === 'string' ? folder : disk.folder);
const running = await startSwitch(t, {
  pins: { TALK10: 6_000 },
  config: {
    links: [
      link('masked', {}),
      link('sealed', {
        contents: 'encrypted',
        for: (JSON.parse(publicKey) as { publicKey: string }).publicKey,
      }),
      link('turned', { rotateBytes: ROTATE_BYTES, filesMax: FILES_MAX }),
      link('small', { folder: diskFolder(small) }),
      link('spared', { freeBytesMin: 2 ** 40 }),
      link('frozen', { folder: diskFolder(frozen) }),
    ],
    suppliers: credits.suppliers.map((one) => ({
      ...one,
      link: { ...one.link, record: { folder, freeBytesMin: 0 } },
    })),
    catalogue: credits.catalogue,
    limits: { recordingQueueBytesMax: QUEUE_BYTES },
  },
});

/** What a client sent and was sent, byte for byte. */
class Witness {
  readonly client: Client;
  readonly port: number;
  readonly sent: Buffer[] = [];
  readonly got: Buffer[] = [];

  private constructor(client: Client) {
    this.client = client;
    this.port = client.socket.localPort ?? 0;
    client.socket.on('data', (chunk: Buffer) => this.got.push(Buffer.from(chunk)));
  }

  static async open(name: string): Promise<Witness> {
    return new Witness(await Client.open(running.ports[name] ?? 0));
  }

  async ask(mti: string, fields: IsoFields) {
    this.sent.push(framed(buildIso(mti, fields)));
    return this.client.ask(mti, fields);
  }

  async close(): Promise<void> {
    this.client.socket.end();
    await new Promise<void>((resolve) => this.client.socket.once('close', () => resolve()));
  }
}

/** The streams of a closed connection, when they are on disk. */
async function closedIn(
  file: () => string | undefined,
  port: number,
  with_?: Buffer,
): Promise<RecordedStreams> {
  let found: RecordedStreams | undefined;
  await eventually(async () => {
    const name = file();
    found = name === undefined ? undefined : streamsIn(name, with_).streams.get(port);
    return found?.closed === 'fin' || found?.closed === 'rst';
  });
  if (!found) throw new Error('no such connection in the recording');
  return found;
}

function framesOf(stream: Buffer): Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < stream.length; at += 2 + stream.readUInt16BE(at))
    frames.push(stream.subarray(at + 2, at + 2 + stream.readUInt16BE(at)));
  return frames;
}

/** A sale with everything that nobody may read, a credit, and the PIN that was sold. */
async function sellSecrets(witness: Witness): Promise<string> {
  const sold = await witness.ask(
    '0200',
    saleOf('TALK10', 1000, { 2: PAN, 35: TRACK, 52: 'FEDCBA9876543210' }),
  );
  await witness.ask('0200', creditOf(ACCOUNT, 500));
  const [pin = ''] = sold ? pinsOf(sold) : [];
  return pin;
}

const canaries = (pin: string): string[] => [
  pin,
  PAN,
  PAN.slice(6, 12),
  '089020011',
  '601079360805',
  'FEDCBA98',
  ACCOUNT,
];

t.test('U3: a masked recording has every byte but what nobody may read', async (t) => {
  const witness = await Witness.open('masked');
  const pin = await sellSecrets(witness);
  t.match(pin, /^\d{10,}$/);
  await witness.close();
  const file = (): string | undefined => recordingsOf(folder, 'masked').at(-1);
  const { toServer, toClient, closed, missing } = await closedIn(file, witness.port);
  t.equal(closed, 'fin');
  t.equal(missing, 0);
  t.equal(statSync(file() ?? '').mode & 0o777, 0o600);
  const raw = readFileSync(file() ?? '', 'latin1');
  for (const canary of canaries(pin)) t.notOk(raw.includes(canary), 'not in the file');
  t.equal(toServer.length, Buffer.concat(witness.sent).length);
  t.equal(toClient.length, Buffer.concat(witness.got).length);
  const [sale, credit] = framesOf(toServer).map(parseIso);
  const [asked, asked2] = witness.sent.map((frame) => parseIso(frame.subarray(2)).fields);
  t.same(sale?.fields, {
    ...asked,
    2: '4761730000000119',
    35: '0'.repeat(TRACK.length),
    52: '0'.repeat(16),
  });
  t.same(credit?.fields, { ...asked2, 102: '*'.repeat(ACCOUNT.length) });
  const [answer] = framesOf(toClient).map(parseIso);
  t.same(pinsOf(answer ?? { mti: '', fields: {} }), ['*'.repeat(pin.length)], 'the PIN, of its length');
  t.equal(answer?.fields[39], '00');
});

t.test('the link to a supplier is recorded as any other', async (t) => {
  const account = '7774443332221';
  const witness = await Witness.open('masked');
  const answer = await witness.ask('0200', creditOf(account, 500));
  t.equal(answer?.fields[39], '00');
  await witness.close();
  let asked: Buffer[] = [];
  await eventually(async () => {
    const [file = ''] = recordingsOf(folder, 'supplier_topup-iso');
    const [streams] = file === '' ? [] : [...streamsIn(file).streams.values()];
    asked = framesOf(streams?.toServer ?? Buffer.alloc(0));
    return asked.some((frame) => parseIso(frame).fields[102]?.length === account.length);
  });
  t.ok(asked.some((frame) => parseIso(frame).fields[102] === '*'.repeat(account.length)));
  t.equal(parseIso(asked[0] ?? Buffer.alloc(0)).mti, '0800', 'from the sign-on on');
});

t.test('what is no frame, or no message, is blanked in a masked recording, of its length', async (t) => {
  const witness = await Witness.open('masked');
  const { socket } = witness.client;
  const noMessage = framed(Buffer.from(`${PAN}${PAN}`));
  const cut = framed(buildIso('0200', saleOf('TALK10', 1000, { 2: PAN }))).subarray(0, 80);
  socket.write(noMessage);
  socket.write(cut);
  await witness.close();
  const file = (): string | undefined => recordingsOf(folder, 'masked').at(-1);
  const { toServer } = await closedIn(file, witness.port);
  t.equal(toServer.length, noMessage.length + cut.length);
  t.equal(toServer.subarray(0, 2).toString('hex'), '0020', 'the length of a whole frame stays');
  t.ok(toServer.subarray(2).every((byte) => byte === 0));
  const junk = await Witness.open('masked');
  junk.client.socket.write(`~~${PAN}`);
  await new Promise<void>((resolve) => junk.client.socket.once('close', () => resolve()));
  const recorded = await closedIn(file, junk.port);
  t.same(recorded.toServer, Buffer.alloc(2 + PAN.length));
  t.equal(recorded.closed, 'rst');
});

t.test(
  'an encrypted recording is the wire, byte for byte, for who has the key, and nothing for others',
  async (t) => {
    const witness = await Witness.open('sealed');
    const pin = await sellSecrets(witness);
    witness.client.socket.write('~~no frame');
    witness.sent.push(Buffer.from('~~no frame'));
    await new Promise<void>((resolve) => witness.client.socket.once('close', () => resolve()));
    const file = (): string | undefined => recordingsOf(folder, 'sealed').at(-1);
    const { toServer, toClient } = await closedIn(file, witness.port, key);
    t.match(file(), /\.pcapng\.sealed$/);
    t.same(toServer, Buffer.concat(witness.sent));
    t.same(toClient, Buffer.concat(witness.got));
    t.equal(statSync(file() ?? '').mode & 0o777, 0o600);
    const raw = readFileSync(file() ?? '', 'latin1');
    for (const canary of [...canaries(pin), 'TALK10']) t.notOk(raw.includes(canary), 'not in the file');
    const listed = await run(['capture', 'list', file() ?? '', '--key', keyFile]);
    t.equal(listed.code, 0, listed.stderr);
  },
);

t.test('a file that is long enough is ended and another begun; the oldest go', async (t) => {
  const witness = await Witness.open('turned');
  const first = await eventually(async () => recordingsOf(folder, 'turned').length > 0);
  t.ok(first, 'begun with the connection');
  const began = recordingsOf(folder, 'turned')[0];
  const round = (): Promise<unknown> =>
    Promise.all(Array.from({ length: 20 }, () => witness.ask('0200', saleOf('TALK10', 1000))));
  for (let rounds = 0; rounds < 60 && recordingsOf(folder, 'turned')[0] === began; rounds += 1) await round();
  const files = recordingsOf(folder, 'turned');
  t.equal(files.length, FILES_MAX);
  t.not(files[0], began, 'the first one was deleted');
  await witness.close();
  await closedIn(() => recordingsOf(folder, 'turned').at(-1), witness.port);
  for (const file of recordingsOf(folder, 'turned')) {
    const { streams, faults } = streamsIn(file);
    t.same(faults, []);
    t.ok(statSync(file).size < ROTATE_BYTES + 16_384);
    const { toServer = Buffer.alloc(0), toClient = Buffer.alloc(0) } = streams.get(witness.port) ?? {};
    const mtis = [...framesOf(toServer), ...framesOf(toClient)].map((frame) => parseIso(frame).mti);
    t.ok(mtis.length > 10 && mtis.every((mti) => ['0200', '0210'].includes(mti)), 'whole frames in each');
  }
});

t.test('a recording stops before the disk has less room than it is to leave', async (t) => {
  const witness = await Witness.open('spared');
  t.equal((await witness.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00');
  t.ok(await eventually(async () => (await counted('recording-stopped', 'spared')) === 1));
  t.match(running.child.output(), /"link":"spared".*less than 1099511627776 bytes are free on the disk/);
  t.equal((await witness.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00', 'sales go on');
  await witness.close();
});

async function counted(event: string, name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${running.ports.admin}/metrics`)).text();
  const line = new RegExp(`event="${event}",link="${name}"} (\\d+)`).exec(text);
  return Number(line?.[1] ?? 0);
}

t.test('a full disk stops the recording and no sale', async (t) => {
  if (typeof small === 'string') {
    t.pass(small, { skip: small });
    return;
  }
  const witness = await Witness.open('small');
  const sell = async (times: number): Promise<boolean> => {
    const answers = await Promise.all(
      Array.from({ length: times }, () => witness.ask('0200', saleOf('TALK10', 1000))),
    );
    return answers.every((answer) => answer?.fields[39] === '00');
  };
  t.ok(await sell(10));
  const file = (): string => recordingsOf(small.folder, 'small')[0] ?? '';
  await eventually(async () => file() !== '' && statSync(file()).size > 1_000);
  small.spoil();
  t.ok(await eventually(async () => (await sell(50)) && (await counted('recording-stopped', 'small')) === 1));
  t.ok(await sell(100), 'sales go on');
  const lines = running.child
    .output()
    .split('\n')
    .filter((line) => /"link":"small".*recording stopped/.test(line));
  t.equal(lines.length, 1);
  t.match(lines[0], /"link":"small".*ENOSPC/);
  const { streams, faults } = streamsIn(file());
  t.same(faults, [], 'what was written can be read');
  t.ok(framesOf(streams.get(witness.port)?.toServer ?? Buffer.alloc(0)).length >= 10);
  await witness.close();
  t.equal(await counted('recording-stopped', 'masked'), 0, 'the others go on');
});

t.test('a disk that stands still holds up no sale; what is left out is marked', async (t) => {
  if (typeof frozen === 'string') {
    t.pass(frozen, { skip: frozen });
    return;
  }
  const mountPoint = dirname(frozen.folder);
  const freeze = (how: '-f' | '-u'): number | null => spawnSync('fsfreeze', [how, mountPoint]).status;
  const witness = await Witness.open('frozen');
  const round = async (): Promise<number> => {
    const start = performance.now();
    for (let at = 0; at < ROUND; at += 1) {
      const answer = await witness.ask('0200', saleOf('TALK10', 1000));
      if (answer?.fields[39] !== '00') t.fail('not sold');
    }
    return performance.now() - start;
  };
  await round();
  const before = Math.min(await round(), await round());
  if (freeze('-f') !== 0) {
    t.pass('no leave to freeze a disk', { skip: 'no leave to freeze a disk' });
    return;
  }
  t.teardown(() => void freeze('-u'));
  const during = Math.min(await round(), await round(), await round());
  t.ok(
    during < 3 * before + 200,
    `${ROUND} sales: ${Math.round(before)} ms, and ${Math.round(during)} ms then`,
  );
  const isFull = async (): Promise<boolean> => {
    await round();
    return (await counted('recording-lost', 'frozen')) > 0;
  };
  t.ok(await eventually(isFull), 'there was no room for some');
  freeze('-u');
  await eventually(async () => (await witness.ask('0200', saleOf('TALK10', 1000)))?.fields[39] === '00');
  await witness.close();
  const { missing, toServer, toClient } = await closedIn(
    () => recordingsOf(frozen.folder, 'frozen')[0],
    witness.port,
  );
  t.ok(missing > 0, `${missing} bytes are said to be missing`);
  const whole = Buffer.concat(witness.sent).length + Buffer.concat(witness.got).length;
  t.equal(toServer.length + toClient.length + missing, whole, 'and no byte is unaccounted for');
  t.match(running.child.output(), /recording falls behind/);
});

t.test('a switch that is killed leaves recordings that can be read, and goes on in new ones', async (t) => {
  const sealed = await Witness.open('sealed');
  const masked = await Witness.open('masked');
  let answered = 0;
  const busy = [sealed, masked].map(async (witness) => {
    while (!witness.client.closed) {
      await witness.ask('0200', saleOf('TALK10', 1000));
      answered += 1;
    }
  });
  await eventually(async () => answered > 200);
  await running.child.kill('SIGKILL');
  await Promise.all(busy);
  const files = { sealed: recordingsOf(folder, 'sealed'), masked: recordingsOf(folder, 'masked') };
  for (const [witness, file] of [
    [sealed, files.sealed.at(-1) ?? ''],
    [masked, files.masked.at(-1) ?? ''],
  ] as const) {
    const { streams } = streamsIn(file, key);
    const { toServer = Buffer.alloc(0), closed } = streams.get(witness.port) ?? {};
    t.ok(toServer.length > 10_000, 'all but what the last moment brought');
    t.equal(closed, 'end', 'the connection was open');
    const sent = Buffer.concat(witness.sent).subarray(0, toServer.length);
    t.equal(framesOf(toServer).length, framesOf(sent).length);
  }
  t.match(
    streamsIn(files.sealed.at(-1) ?? '', key).faults.join(),
    /./,
    'a reader says that its end is missing',
  );
  truncateSync(files.masked.at(-1) ?? '', statSync(files.masked.at(-1) ?? '').size - 7);
  t.ok(streamsIn(files.masked.at(-1) ?? '').streams.has(masked.port), 'cut within a block too');
  const again = await running.restart();
  const client = await Client.open(again.ports.masked ?? 0);
  t.equal((await client.ask('0200', saleOf('TALK10', 1000)))?.fields[39], '00');
  await client.close();
  t.equal(await again.child.kill('SIGTERM'), 0, 'stopped in order');
  const last = recordingsOf(folder, 'masked').filter((file) => !files.masked.includes(file));
  t.equal(last.length, 1);
  t.equal([...streamsIn(last[0] ?? '').streams.values()].length, 1);
});

t.test('a folder that cannot be written to stops the start with one line', async (t) => {
  const inFile = join(keyFile, 'sub');
  await t.rejects(
    startSwitch(t, { config: { links: [link('masked', { folder: inFile })] } }),
    /link masked: recordings cannot be written to .*ENOTDIR/,
  );
});
