/** Replays against a peer of the tests' own that answers, keeps silent, closes, and answers out of turn. */
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { systemRandom } from '../../../src/base/random.js';
import { loadFormat } from '../../../src/iso8583/index.js';
import { readTraffic } from '../../../src/tools/capture/traffic.js';
import { type Pace, replay } from '../../../src/tools/replay/replay.js';
import { htmlReport } from '../../../src/tools/replay/report/html.js';
import { textReport } from '../../../src/tools/replay/report/text.js';
import type { ReplayResult } from '../../../src/tools/replay/result.js';
import { compileRules, type RuleOptions } from '../../../src/tools/replay/rules.js';
import { terminalFraming } from '../../../src/tools/terminal/framing.js';
import { answer, framed, type Handler, startPeer } from '../../cli/peer.js';
import { identity, saleOf } from '../../support/client.js';
import { buildIso, buildTlv, type IsoFields, type IsoMessage, parseIso } from '../../support/iso.js';
import { scratch } from '../../support/process.js';

const codec = loadFormat('iso87-ascii');
const folder = scratch(t);
const AS_ANSWERED: Pace = { kind: 'as-answered', skewMs: 1_000 };
let lists = 0;

interface Given {
  readonly lines: readonly string[];
  readonly handle: Handler;
  readonly pace?: Pace;
  readonly rules?: Partial<RuleOptions>;
  readonly timeoutMs?: number;
  readonly listedMax?: number;
}

interface Played {
  readonly result: ReplayResult;
  /** As the peer got them. */
  readonly asked: readonly IsoMessage[];
}

async function played(given: Given): Promise<Played> {
  const { lines, handle, pace = AS_ANSWERED, rules = {}, timeoutMs = 5_000, listedMax = 100 } = given;
  lists += 1;
  const file = join(folder, `list-${lists}.hex`);
  writeFileSync(file, `${lines.join('\n')}\n`);
  const peer = await startPeer(t, handle);
  const framing = terminalFraming('length2', undefined);
  const options = {
    renew: ['stan', 'rrn', 'times'],
    ignore: [],
    compare: [],
    set: [],
    carry: [],
    ...rules,
  } as const;
  const result = await replay(
    readTraffic(file, framing),
    {
      file: 'list',
      host: peer.to,
      target: { host: '127.0.0.1', port: peer.port, framing, readBuffer: Buffer.alloc(65_536) },
      codec,
      rules: compileRules({ pair: ['11', '41'], ...options }, codec, systemClock),
      pace,
      timeoutMs,
      listedMax,
    },
    { clock: systemClock, random: systemRandom },
  );
  return { result, asked: peer.requests.map(parseIso) };
}

function sent(mti: string, fields: IsoFields, where = '@1'): string {
  return `${where} > ${buildIso(mti, fields).toString('hex')}`;
}

function answered(mti: string, fields: IsoFields, more: Record<number, string> = {}, where = '@1'): string {
  return `${where} < ${answer({ mti, fields }, '00', more).toString('hex')}`;
}

const approving: Handler = (frame) => answer(parseIso(frame), '00');

t.test(
  'requests that get no answer, or whose connection is closed, are told apart; the rest goes on',
  async (t) => {
    const sales = Array.from({ length: 4 }, () => saleOf('TALK10', 1000));
    let asked = 0;
    const { result } = await played({
      lines: sales.flatMap((sale) => [sent('0200', sale), answered('0200', sale)]),
      handle(frame, socket: Socket) {
        asked += 1;
        if (asked === 2) return undefined;
        if (asked === 3) socket.destroy();
        return asked === 3 ? undefined : approving(frame, socket);
      },
      timeoutMs: 200,
    });
    t.match(result, { frames: 4, matched: 2, different: 0, unanswered: 2 });
    t.match(result.unansweredBy, { timeout: 1, closed: 1 });
    t.match(result, { closed: { count: 1, listed: [{ connection: 1, frame: 5 }] }, reconnects: 1 });
    t.same(
      result.listed.map(({ frame, silence }) => [frame, silence]),
      [
        [3, 'timeout'],
        [5, 'closed'],
      ],
    );
    t.match(textReport(result), /unanswered +2 +1 timed out, 1 on a closed connection/);
  },
);

t.test(
  'answers find their requests by type, STAN and terminal, in whatever order; none overwrites another',
  async (t) => {
    const one = saleOf('TALK10', 1000);
    const two = { ...saleOf('TALK10', 1000), 11: one[11] ?? '', 41: 'DEMO0002' };
    const held: IsoMessage[] = [];
    const { result, asked } = await played({
      lines: [
        ...[one, two, one].map((sale, at) => sent(at === 2 ? '0201' : '0200', sale)),
        answered('0200', two, { 38: 'TWO' }),
        answered('0201', one, { 38: 'ONE' }),
        answered('0200', one, { 38: 'ONE' }),
      ],
      handle(frame, socket) {
        held.push(parseIso(frame));
        if (held.length < 3) return undefined;
        const [first, second, repeat] = held as [IsoMessage, IsoMessage, IsoMessage];
        socket.write(framed(answer(first, '00', { 38: 'new' })));
        socket.write(framed(answer({ ...first, fields: { ...first.fields, 11: '999999' } }, '00')));
        socket.write(framed(answer(second, '00', { 38: 'new' })));
        return answer(repeat, '00', { 38: 'new' });
      },
    });
    t.match(result, { frames: 3, matched: 3 }, JSON.stringify(result.listed));
    t.equal(result.unasked.strayAnswers, 1);
    t.equal(asked[0]?.fields[11], asked[2]?.fields[11], 'a repeat has the STAN of its original');
    t.same(asked[0]?.fields, asked[2]?.fields);
    t.not(asked[0]?.fields[11], one[11]);
  },
);

t.test('an answer where the capture has none is a difference; a missing capture is none', async (t) => {
  const [silent, cut, heard] = [1, 2, 3].map(() => saleOf('TALK10', 1000)) as [
    IsoFields,
    IsoFields,
    IsoFields,
  ];
  const { result } = await played({
    lines: [
      sent('0200', silent, '@1'),
      sent('0200', heard, '@1'),
      answered('0200', heard, {}, '@1'),
      sent('0200', cut, '@2'),
    ],
    handle: approving,
  });
  // Of a list that ends nothing tells whether an answer was to come.
  t.match(result, { frames: 3, matched: 1, uncompared: 2, different: 0 });
  t.match(textReport(result), /2 answers not compared/);
});

t.test('requests of which the capture tells no answer are unanswered where none comes', async (t) => {
  const sales = [1, 2, 3].map(() => saleOf('TALK10', 1000));
  let asked = 0;
  const { result } = await played({
    lines: sales.map((sale) => sent('0200', sale)),
    handle(frame, socket) {
      asked += 1;
      return asked === 1 ? approving(frame, socket) : undefined;
    },
    timeoutMs: 1_500,
  });
  t.match(result, { frames: 3, uncompared: 1, unanswered: 2, unansweredBy: { timeout: 2, closed: 0 } });
});

t.test('what answers tell goes into the requests that cite it, once it was told', async (t) => {
  const first = saleOf('TALK10', 1000);
  const citing = { ...saleOf('TALK10', 1000), 38: 'OLD001', 48: buildTlv([['AR', 'reference-1']]) };
  const told = { 38: 'OLD001', 63: buildTlv([['AR', 'reference-1']]) };
  const { result, asked } = await played({
    lines: [
      sent('0200', first, '@1'),
      answered('0200', first, told, '@1'),
      sent('0200', citing, '@2'),
      answered('0200', citing, {}, '@2'),
    ],
    handle: (frame) =>
      answer(parseIso(frame), '00', { 38: 'NEW777', 63: buildTlv([['AR', 'a-longer-reference']]) }),
    rules: { ignore: ['38', '63'] },
  });
  t.equal(result.uncited, 0);
  t.match(asked[1]?.fields, { 38: 'NEW777', 48: buildTlv([['AR', 'a-longer-reference']]) });
});

t.test('a value that is set goes into every request that has the field, and is expected back', async (t) => {
  const sale = saleOf('TALK10', 1000, { 102: '5550001234' });
  const { result, asked } = await played({
    lines: [sent('0200', sale), answered('0200', sale)],
    handle: approving,
    rules: { set: ['102=77', '48.PR=TALK20'] },
  });
  t.match(asked[0]?.fields, { 102: '77', 48: 'PR006TALK20' });
  t.match(result, { matched: 1, different: 0 });
});

t.test('at a pace requests leave at their time, whether answered or not', async (t) => {
  const sales = [0, 1, 2].map(() => saleOf('TALK10', 1000));
  const came: number[] = [];
  const began = performance.now();
  const { result } = await played({
    lines: sales.map((sale, at) => `@1 ${1 + at * 0.6} > ${buildIso('0200', sale).toString('hex')}`),
    handle(frame, socket) {
      came.push(performance.now() - began);
      return came.length === 1 ? undefined : approving(frame, socket);
    },
    pace: { kind: 'paced', speed: 4 },
    timeoutMs: 1_000,
  });
  t.equal(result.frames, 3);
  const [first = 0, second = 0, third = 0] = came;
  t.ok(second - first >= 100 && third - second >= 100, `${second - first}, ${third - second}`);
  t.match(result, { uncompared: 2, unanswered: 1 });
});

t.test('a list without times is played in its order, across connections', async (t) => {
  const sales = Array.from({ length: 6 }, () => saleOf('TALK10', 1000));
  let open = 0;
  let most = 0;
  const { result } = await played({
    lines: sales.flatMap((sale, at) => [sent('0200', sale, `@${at}`), answered('0200', sale, {}, `@${at}`)]),
    handle(frame, socket) {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        socket.write(framed(answer(parseIso(frame), '00')));
      }, 5);
      return undefined;
    },
  });
  t.match(result, { frames: 6, matched: 6, connections: 6 });
  t.equal(most, 1);
});

t.test(
  'of many differences some are listed and all are counted; text out of messages is escaped',
  async (t) => {
    const sale = identity({ 42: `<script>"'&` });
    const count = 500;
    const { result } = await played({
      lines: Array.from({ length: count }, () => `${sent('0200', sale)}\n${answered('0200', sale)}`),
      handle(frame) {
        const request = parseIso(frame);
        return answer({ ...request, fields: { ...request.fields, 42: `<SCRIPT>"'&` } }, '05');
      },
      listedMax: 30,
    });
    t.match(result, { frames: count, different: count, matched: 0 });
    t.equal(result.listed.length, 30);
    t.same(
      result.byField.map(({ path, count: times }) => [path, times]),
      [
        ['39', count],
        ['42', count],
      ],
    );
    const page = htmlReport(result);
    t.ok(page.includes('The first 30 of 500'));
    t.notMatch(page, /<script/i);
    t.ok(page.includes('<code>&lt;<mark>script</mark>&gt;&quot;&#39;&amp;</code>'));
    t.ok(page.includes('<code>&lt;<mark>SCRIPT</mark>&gt;&quot;&#39;&amp;</code>'));
  },
);
