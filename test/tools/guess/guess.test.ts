/** GUESS=long tries every format behind every framing; else each is tried behind a quarter of them. */
import fc from 'fast-check';
import t from 'tap';
import type { StreamEvent, TrafficConnection } from '../../../src/tools/capture/events.js';
import { type Guess, guessesOf } from '../../../src/tools/guess/guess.js';
import { formatText, framingText } from '../../../src/tools/guess/reasons.js';
import { sampleOf } from '../../../src/tools/guess/sample.js';
import { bytesOf, codecOf, frames } from '../../iso8583/frames.js';
import { DIALECTS, type Exchange, exchanges, FRAMES } from './traffic.js';

const IS_LONG = process.env.GUESS === 'long';
const server = { address: '10.0.0.1', port: 5000 };

type Frame = (body: Buffer) => Buffer;

function connection(id: number): TrafficConnection {
  return { id, client: { address: '10.0.0.2', port: 40_000 + id }, server, serverKnownBy: 'syn' };
}

function bytes(id: number, direction: 'to-server' | 'to-client', bytes: Buffer): StreamEvent {
  return { kind: 'bytes', connection: connection(id), direction, bytes, timeUs: 0, offset: 0 };
}

/** Each message in a segment of its own, but for every third one, which is cut in two. */
function* streamed(traffic: readonly Exchange[], frame: Frame): Generator<StreamEvent> {
  for (const [at, { request, answer }] of traffic.entries()) {
    for (const [direction, body] of [
      ['to-server', request],
      ['to-client', answer],
    ] as const) {
      const wire = frame(body);
      const cut = at % 3 === 2 ? wire.length >> 1 : wire.length;
      for (const part of [wire.subarray(0, cut), wire.subarray(cut)])
        yield bytes(1 + (at % 4), direction, part);
    }
  }
}

function guessed(events: Iterable<StreamEvent>, lines = false): readonly Guess[] {
  const [service] = sampleOf(events);
  return service === undefined ? [] : guessesOf(service, lines);
}

function say(guess: Guess | undefined): string {
  return guess === undefined ? 'nothing' : `${framingText(guess.framing)}; ${formatText(guess)}`;
}

const frameBy = (name: string): Frame => FRAMES[name] ?? ((body) => body);

for (const [at, name] of Object.keys(DIALECTS).entries()) {
  t.test(`${name} is found behind every framing`, async (t) => {
    const traffic = exchanges(name, 24);
    const framings = Object.entries(FRAMES).filter((_, nth) => IS_LONG || (at + nth) % 4 === 0);
    for (const [framing, frame] of framings) {
      const [best] = guessed(streamed(traffic, frame));
      t.equal(say(best), `${framing}; ${name}`, framing);
      t.equal(best?.reading.whole, best?.reading.messages, `${framing}: all read`);
    }
  });
}

t.test('a list of messages without framing is read, and says that nothing tells the framing', async (t) => {
  const lines = exchanges('iso87-bcd', 12).flatMap(({ request, answer }) => [
    bytes(1, 'to-server', request),
    bytes(1, 'to-client', answer),
  ]);
  t.equal(say(guessed(lines, true)[0]), 'none told: each line is a message; iso87-bcd');
});

t.test('the fixtures of each shipped format, in a list, are read as their source reads them', async (t) => {
  const shipped = frames.filter(({ format }) => !format.includes('/'));
  for (const format of new Set(shipped.map((fixture) => fixture.format))) {
    const fixtures = shipped.filter((fixture) => fixture.format === format);
    const [best] = guessed(
      fixtures.map((fixture) => bytes(1, 'to-server', bytesOf(fixture))),
      true,
    );
    for (const fixture of fixtures) {
      const read = best?.format.codec.parse(bytesOf(fixture));
      const wanted = codecOf(fixture).parse(bytesOf(fixture));
      t.equal(read?.mti, wanted.mti, fixture.name);
      for (const de of wanted.fields())
        t.same(read?.raw(de), wanted.raw(de), `${format}, ${fixture.name}: DE${de} (${say(best)})`);
    }
  }
});

t.test('a dialect that no shipped format has is found as its changes', async (t) => {
  for (const fixture of frames.filter(({ format }) =>
    /formats\/(andean-bcd|bcd-ebcdic)\.json/.test(format),
  )) {
    const [best] = guessed([bytes(1, 'to-server', bytesOf(fixture))], true);
    t.equal(best?.format.base, 'iso87-bcd', fixture.name);
    const read = best?.format.codec.parse(bytesOf(fixture));
    for (const [path, value] of Object.entries(fixture.expected.fields))
      if (!path.includes('.')) t.equal(read?.text(Number(path)), value, `${fixture.name}: DE${path}`);
  }
});

t.test('DE41 of sixteen and DE12 of 1993 under message types of 1987 are told as such', async (t) => {
  const standard = DIALECTS['iso87-ascii'];
  if (standard === undefined) throw new Error('a dialect');
  const traffic = exchanges('iso87-ascii', 24, {
    ...standard,
    fields: { ...standard.fields, 41: ['an', 16], 12: ['n', 12] },
  });
  const [best] = guessed(streamed(traffic, frameBy('ascii4')));
  t.equal(best?.format.base, 'iso87-ascii');
  t.same([...(best?.format.changes ?? [])].sort(), ['DE12 n12', 'DE41 ans16']);
  t.equal(framingText(best?.framing), 'ascii4');
});

t.test('a capture that starts within a frame, and one with a gap, are found', async (t) => {
  const traffic = exchanges('iso87-ascii', 24);
  const all = [...streamed(traffic, frameBy('length2'))];
  const late = all.map((event, at) =>
    at < 6 && event.kind === 'bytes' ? { ...event, bytes: event.bytes.subarray(9) } : event,
  );
  t.equal(say(guessed(late)[0]), 'length2; iso87-ascii', 'the first segments are cut');
  const gap: StreamEvent = {
    kind: 'gap',
    bytes: 40,
    connection: connection(1),
    direction: 'to-server',
    timeUs: 0,
    offset: 0,
  };
  t.equal(say(guessed([...all.slice(0, 40), gap, ...all.slice(41)])[0]), 'length2; iso87-ascii', 'a gap');
});

t.test('keep-alives between frames are counted, not taken for another framing', async (t) => {
  const traffic = exchanges('iso87-ascii', 24);
  const alive = [...streamed(traffic, frameBy('length2'))].flatMap((event, at) =>
    at % 12 === 0 && at > 0 ? [bytes(1 + ((at / 4) % 4), 'to-client', Buffer.alloc(2)), event] : [event],
  );
  const [best] = guessed(alive);
  t.equal(say(best), 'length2; iso87-ascii');
  t.ok((best?.keepAlives ?? 0) > 0);
});

t.test('servers are told apart, and one that speaks something else is left alone', async (t) => {
  const other = { ...connection(99), server: { address: '10.0.0.9', port: 443 } };
  const strange = {
    ...bytes(99, 'to-server', Buffer.from('160301020001000001fc0303', 'hex')),
    connection: other,
  };
  const services = sampleOf([
    strange as StreamEvent,
    ...streamed(exchanges('iso93-bcd', 16), frameBy('bcd2')),
  ]);
  t.same(
    services.map(({ server: { port }, ...service }) => [
      port,
      say(guessesOf({ server, ...service }, false)[0]),
    ]),
    [
      [5000, 'bcd2; iso93-bcd'],
      [443, 'nothing'],
    ],
  );
});

t.test('in noise, text and other protocols nothing is found', async (t) => {
  const others = [
    'GET / HTTP/1.1\r\nHost: example.org\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n0200',
    Buffer.from('160301020001000001fc0303'.repeat(40), 'hex'),
    '160301020001000001fc0303'.repeat(40),
    'SSH-2.0-OpenSSH_9.2\r\n',
    '0123456789'.repeat(100),
    '{"mti":"0200","fields":{"3":"280000"}}\n'.repeat(20),
    '0'.repeat(500),
  ];
  for (const other of others) {
    const noise = typeof other === 'string' ? Buffer.from(other) : other;
    t.same(guessed([bytes(1, 'to-server', noise)]).map(say), [], noise.toString('latin1', 0, 20));
  }
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 2_000 }), (noise) => {
      return guessed([bytes(1, 'to-server', Buffer.from(noise))]).length === 0;
    }),
    { numRuns: IS_LONG ? 500 : 10 },
  );
});
