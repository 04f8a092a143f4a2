/** TCP as captures have it: each trouble by packets of its own, and what is read of them. */
import fc from 'fast-check';
import t from 'tap';
import { told } from '../support/captured.js';
import { Conversation, timed } from '../support/conversation.js';
import { type Captured, CLIENT, FLAG, pcap, SERVER } from '../support/packets.js';

const ACKED = FLAG.psh | FLAG.ack;

function read(packets: readonly Buffer[], options = {}): readonly string[] {
  return told(pcap(timed(packets)), options).lines;
}

/** Packets 0 to 2 are the handshake. */
function talk(): Conversation {
  return new Conversation().handshake();
}

t.test('segments that come twice are read once', async (t) => {
  const { packets } = talk().data('>', 'one').data('>', 'two').data('<', 'yes').fin();
  const doubled = packets.flatMap((packet) => [packet, packet]);
  t.same(read(doubled), ['open 1', '1 > one', '1 > two', '1 < yes', 'close 1 fin']);
});

t.test(
  'segments that come in another order are read in theirs, with the time at which they were complete',
  async (t) => {
    const { packets } = talk().data('>', 'one').data('>', 'two').data('>', 'three').data('<', 'yes').fin();
    const [a, b, c, one, two, three, ...rest] = packets as [
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
      Buffer,
    ];
    const { lines, times, offsets } = told(pcap(timed([a, b, c, three, two, one, ...rest])));
    t.same(lines, ['open 1', '1 > one', '1 > two', '1 > three', '1 < yes', 'close 1 fin']);
    t.same(new Set(times.slice(1, 4)).size, 1, 'all when the first has come');
    t.ok((offsets[3] ?? 0) < (offsets[1] ?? 0), 'each with the offset of its own packet');
  },
);

t.test('segments that overlap are read once; what came first stands', async (t) => {
  const conversation = talk();
  const at = conversation.next('>');
  const packets = [
    ...conversation.packets,
    conversation.at('>', at, ACKED, Buffer.from('abcd')),
    conversation.at('>', at + 2, ACKED, Buffer.from('XXef')),
    conversation.at('>', at + 8, ACKED, Buffer.from('ij')),
    conversation.at('>', at + 7, ACKED, Buffer.from('hIJkl')),
    conversation.at('>', at + 6, ACKED, Buffer.from('ghYY')),
  ];
  t.same(
    told(pcap(timed(packets)))
      .streams.get('1 >')
      ?.toString(),
    'abcdefghYYkl',
  );
});

t.test('sequence numbers wrap', async (t) => {
  const { packets } = new Conversation(CLIENT, SERVER, { client: 0xffff_fffe, server: 0xffff_ffff })
    .handshake()
    .data('>', 'one')
    .data('<', 'yes')
    .data('>', 'two')
    .fin();
  const turned = [
    ...packets.slice(0, 3),
    packets[5],
    packets[4],
    packets[3],
    ...packets.slice(6),
  ] as Buffer[];
  t.same(
    told(pcap(timed(turned))).streams,
    new Map([
      ['1 >', Buffer.from('onetwo')],
      ['1 <', Buffer.from('yes')],
    ]),
  );
  t.equal(read(turned).at(-1), 'close 1 fin');
});

t.test('what the capture lacks is a gap once the peer has acknowledged it', async (t) => {
  const { packets } = talk()
    .data('>', 'one')
    .data('<', 'yes')
    .data('>', 'two')
    .data('<', 'again')
    .data('>', 'three')
    .fin();
  const lines = read(packets.filter((_, at) => at !== 5));
  t.same(lines, ['open 1', '1 > one', '1 < yes', '1 < again', '1 > gap 3', '1 > three', 'close 1 fin']);
});

t.test('a segment sent again after a while fills its gap', async (t) => {
  const { packets } = talk().data('>', 'one').data('>', 'two').data('>', 'three').data('<', 'yes').fin();
  const again = [...packets.slice(0, 3), ...packets.slice(4, 6), packets[3], ...packets.slice(6)] as Buffer[];
  t.same(read(again), ['open 1', '1 > one', '1 > two', '1 > three', '1 < yes', 'close 1 fin']);
});

t.test('an acknowledgement captured just before what it acknowledges is no gap', async (t) => {
  const { packets } = talk().data('>', 'one').data('<', 'yes').data('>', 'two').fin();
  const order = [0, 1, 2, 4, 5, 3, 6, 7, 8];
  const close = order.map((at, index) => ({
    ...(timed(packets)[at] as Captured),
    seconds: 1,
    fraction: index * 100,
  }));
  t.same(told(pcap(close)).lines, ['open 1', '1 < yes', '1 > one', '1 > two', 'close 1 fin']);
});

t.test('a packet that was cut leaves a gap of what was cut off', async (t) => {
  const { packets } = talk().data('>', 'one and more').data('<', 'yes').data('>', 'two').fin();
  const file = timed(packets).map((one, at) =>
    at === 3 ? { ...one, bytes: one.bytes.subarray(0, -9), original: one.bytes.length } : one,
  );
  t.same(told(pcap(file)).lines, ['open 1', '1 > one', '1 < yes', '1 > gap 9', '1 > two', 'close 1 fin']);
});

t.test('the last data lost before a FIN is a gap', async (t) => {
  const { packets } = talk().data('>', 'one').data('>', 'lost').fin();
  t.same(read(packets.filter((_, at) => at !== 4)), ['open 1', '1 > one', '1 > gap 4', 'close 1 fin']);
});

t.test(
  'of one direction alone a gap is told once the segment has been missing for three seconds',
  async (t) => {
    const conversation = talk()
      .data('>', 'one')
      .data('>', 'lost')
      .data('>', 'three')
      .data('>', 'four')
      .data('>', 'five');
    const own = [3, 5, 6, 7].map((at, index) => ({
      ...(timed(conversation.packets)[at] as Captured),
      seconds: 2 * index,
    }));
    t.same(told(pcap(own)).lines, [
      'open 1',
      '1 > one',
      '1 > gap 4',
      '1 > three',
      '1 > four',
      '1 > five',
      'close 1 end',
    ]);
  },
);

t.test('a reset ends a connection with what was waiting handed on', async (t) => {
  const conversation = talk()
    .data('>', 'one')
    .data('>', 'lost')
    .data('>', 'three')
    .send('<', FLAG.rst | FLAG.ack);
  const packets = conversation.packets.filter((_, at) => at !== 4);
  t.same(read(packets), ['open 1', '1 > one', '1 > gap 4', '1 > three', 'close 1 rst']);
});

t.test('a connection that was refused opens and is reset', async (t) => {
  const { packets } = new Conversation().send('>', FLAG.syn).send('<', FLAG.rst | FLAG.ack);
  t.same(read(packets), ['open 1', 'close 1 rst']);
});

t.test('data with a FIN is read; one end closed, the other may go on', async (t) => {
  const { packets } = talk()
    .send('>', FLAG.fin | ACKED, 'last')
    .data('<', 'yes')
    .data('<', 'more')
    .send('<', FLAG.fin | FLAG.ack);
  t.same(read(packets), ['open 1', '1 > last', '1 < yes', '1 < more', 'close 1 fin']);
});

t.test('ports used again are another connection: after a FIN, a reset, or neither', async (t) => {
  const again = (): Buffer[] =>
    new Conversation(CLIENT, SERVER, { client: 900_000, server: 800_000 }).handshake().data('>', 'new')
      .packets;
  for (const [how, first] of [
    ['fin', talk().data('>', 'old').fin()],
    ['rst', talk().data('>', 'old').send('>', FLAG.rst)],
    ['end', talk().data('>', 'old')],
  ] as const) {
    const lines = read([...first.packets, ...again()]);
    t.same(lines, ['open 1', '1 > old', `close 1 ${how}`, 'open 2', '2 > new', 'close 2 end'], how);
  }
});

t.test('what straggles in behind an end opens no connection', async (t) => {
  const conversation = talk().data('>', 'one').fin();
  const stragglers = [3, 4, 5, 6].map((at) => conversation.packets[at] as Buffer);
  t.same(read([...conversation.packets, ...stragglers]), ['open 1', '1 > one', 'close 1 fin']);
  const reset = talk().send('>', FLAG.rst);
  const late = reset.at('<', reset.next('<'), ACKED, Buffer.from('late'));
  t.same(read([...reset.packets, late]), ['open 1', 'close 1 rst']);
});

t.test('a SYN that is sent again is the same connection', async (t) => {
  const { packets } = talk().data('>', 'one').fin();
  t.same(read([packets[0] as Buffer, ...packets]), ['open 1', '1 > one', 'close 1 fin']);
});

t.test('a capture that starts in mid-stream: the server is a guess by its port', async (t) => {
  const { packets } = talk().data('<', 'yes').data('>', 'one').fin();
  const { lines, connections } = told(pcap(timed(packets.slice(3))));
  t.same(lines, ['open 1', '1 < yes', '1 > one', 'close 1 fin']);
  t.match(connections[0], { serverKnownBy: 'guess', server: { port: 8_583 } });
});

t.test(
  'a capture that starts in mid-stream: the server is known by the ports asked for, whichever is lower',
  async (t) => {
    const high = { ...SERVER, port: 50_000 };
    const { packets } = new Conversation(CLIENT, high).handshake().data('<', 'yes').data('>', 'one');
    const middle = packets.slice(3);
    t.match(told(pcap(timed(middle))).connections[0], { serverKnownBy: 'guess', server: { port: 40_000 } });
    const { lines, connections } = told(pcap(timed(middle)), { ports: [50_000] });
    t.match(connections[0], { serverKnownBy: 'option', server: { port: 50_000 } });
    t.same(lines, ['open 1', '1 < yes', '1 > one', 'close 1 end']);
  },
);

t.test('a port that was connected to before is the server’s', async (t) => {
  const high = { ...SERVER, port: 50_000 };
  const first = new Conversation(CLIENT, high).handshake().fin();
  const second = new Conversation({ ...CLIENT, port: 40_001 }, high).handshake().data('<', 'yes');
  const { connections } = told(pcap(timed([...first.packets, ...second.packets.slice(3)])));
  t.match(connections[1], { serverKnownBy: 'guess', server: { port: 50_000 } });
});

t.test('a capture that starts with the second packet of a handshake knows the server by it', async (t) => {
  const { packets } = new Conversation({ ...CLIENT, port: 80 }, SERVER).handshake().data('>', 'one');
  t.match(told(pcap(timed(packets.slice(1)))).connections[0], {
    serverKnownBy: 'syn',
    server: { port: 8_583 },
  });
});

t.test('only connections to the ports asked for are told', async (t) => {
  const other = new Conversation({ ...CLIENT, port: 41_000 }, { ...SERVER, port: 22 })
    .handshake()
    .data('>', 'no');
  const { packets } = talk().data('>', 'one').fin();
  t.same(read([...other.packets, ...packets], { ports: [8_583, 8_584] }), [
    'open 1',
    '1 > one',
    'close 1 fin',
  ]);
  t.same(read(packets, { ports: [40_000] }), [], 'a client’s port is none of a server');
});

t.test('a segment far ahead is of no stream; a second one behind it is another connection', async (t) => {
  const conversation = talk().data('>', 'one');
  const far = conversation.next('>') + 0x1000_0000;
  const packets = [
    ...conversation.packets,
    conversation.at('>', far, ACKED, Buffer.from('far')),
    conversation.at('>', far + 3, ACKED, Buffer.from('away')),
  ];
  const stray = 'stray 1 > a segment far ahead of its stream, 3';
  t.same(read(packets), ['open 1', '1 > one', stray, 'close 1 end', 'open 2', '2 > away', 'close 2 end']);
});

t.test('over the limit of waiting bytes, what is missing is taken for lost', async (t) => {
  const conversation = talk();
  const at = conversation.next('>');
  const packets = [1, 2, 3].map((nth) =>
    conversation.at('>', at + nth * 10, ACKED, Buffer.alloc(10, 0x30 + nth)),
  );
  const limits = { waitingBytesMax: 25 };
  const lines = read([...conversation.packets, ...packets], { limits });
  t.same(lines, [
    'open 1',
    '1 > gap 10',
    '1 > 1111111111',
    '1 > 2222222222',
    '1 > 3333333333',
    'close 1 end',
  ]);
});

t.test('over the limit of connections, those that were silent longest go; closed ones before', async (t) => {
  const conversations = Array.from({ length: 9 }, (_, at) =>
    new Conversation({ ...CLIENT, port: 41_000 + at }, SERVER).handshake().data('>', `n${at}`),
  );
  const packets = conversations.flatMap((one) => one.packets);
  const limits = { connectionsMax: 8 };
  const lines = read(packets, { limits });
  t.same(
    lines.filter((line) => /fault|close 1 /.test(line)),
    ['fault more than 8 connections: the 1 that were silent longest are taken as ended, 0', 'close 1 end'],
  );
  const ended = [...(conversations[0]?.fin().packets ?? []), ...packets.slice(4)];
  t.notMatch(read(ended, { limits }).join('\n'), /fault/, 'one that is closed makes room');
});

t.test(
  'property: however segments are split, doubled, mixed up and overlapped, the stream is the one that was sent',
  async () => {
    const text = fc.string({ minLength: 1, maxLength: 60 }).map((one) => Buffer.from(one, 'utf8'));
    const piece = fc.record({ at: fc.nat(), bytes: fc.integer({ min: 1, max: 12 }) });
    fc.assert(
      fc.property(
        text,
        fc.array(piece, { maxLength: 20 }),
        fc.integer(),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (sent, extras, first, random) => {
          const conversation = new Conversation(CLIENT, SERVER, {
            client: first >>> 0,
            server: 1,
          }).handshake();
          const base = conversation.next('>');
          const segment = (at: number, end: number): Buffer =>
            conversation.at('>', base + at, ACKED, sent.subarray(at, end));
          const whole: Buffer[] = [];
          for (let at = 0; at < sent.length; at += 7) whole.push(segment(at, at + 7));
          const more = extras.map(({ at, bytes }) => segment(at % sent.length, (at % sent.length) + bytes));
          const mixed = [...whole, ...more]
            .map((packet) => ({ packet, key: random.next().value as number }))
            .sort((one, other) => one.key - other.key)
            .map(({ packet }) => packet);
          const { streams, lines } = told(pcap(timed([...conversation.packets, ...mixed])));
          if (!streams.get('1 >')?.equals(sent)) throw new Error(lines.join('\n'));
        },
      ),
      { numRuns: 200 },
    );
  },
);
