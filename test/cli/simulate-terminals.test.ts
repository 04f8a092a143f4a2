/** The fleet of `simulate terminals`, seen from the other side: a peer of the tests' own hears what it sends. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { parseIso } from '../support/iso.js';
import { MAIN, run, scratch, spawnNode } from '../support/process.js';
import { answer, approving, type Handler, startPeer } from './peer.js';

t.jobs = 4;

const folder = scratch(t);
const ACCOUNT = '5550009991';

function scenario(name: string, changes: object): string {
  const file = join(folder, `${name}.yaml`);
  const document = {
    name,
    seconds: 60,
    arrivals: { perSecond: 200 },
    shops: [{ merchant: 'SHOP', terminals: ['SHOP0001', 'SHOP0002'], tills: 2 }],
    answerMs: 5_000,
    mix: [{ service: 'pin-sale', products: ['TALK10'] }],
    unanswered: { repeats: 2, waitMs: 5, atLast: 'reverse' },
    ...changes,
  };
  writeFileSync(file, stringify(document));
  return file;
}

function heard(requests: readonly Buffer[]): readonly (readonly string[])[] {
  return requests.map((frame) => {
    const { mti, fields } = parseIso(frame);
    return [mti, fields[11] ?? ''];
  });
}

t.test(
  'what is not answered goes again, marked, and is reversed in the end; all of it is counted',
  async (t) => {
    const approve = approving();
    const deaf = new Set<string>();
    const handle: Handler = (frame, socket) => {
      const { mti, fields } = parseIso(frame);
      if (deaf.size === 0) deaf.add(fields[11] ?? '');
      return mti.startsWith('02') && deaf.has(fields[11] ?? '') ? undefined : approve(frame, socket);
    };
    const peer = await startPeer(t, handle);
    const file = scenario('deaf', { answerMs: 1_200, reversalStan: 'original' });
    const args = ['simulate', 'terminals', file, '--to', peer.to, '--count', '4', '--json', '--seed', '5'];
    const { code, stdout } = await run(args);
    t.equal(code, 0);
    const [stan] = [...deaf];
    t.same(
      heard(peer.requests).filter((one) => one[1] === stan),
      [
        ['0200', stan],
        ['0201', stan],
        ['0201', stan],
        ['0420', stan],
      ],
    );
    const last = peer.requests.map(parseIso).find(({ mti }) => mti === '0420');
    const first = peer.requests.map(parseIso).find(({ fields }) => fields[11] === stan);
    t.equal(last?.fields[90], `0200${stan}${first?.fields[7]}${'000001'.padStart(11, '0')}${'0'.repeat(11)}`);
    t.match(JSON.parse(stdout), {
      customers: 4,
      seed: 5,
      check: null,
      services: {
        'pin-sale': {
          sent: 4,
          approved: 3,
          declined: 0,
          unanswered: 1,
          repeated: 2,
          reversed: 1,
          p50Ms: Number,
        },
      },
    });
  },
);

t.test('a line is cut where the scenario says, and what did not leave whole is booked so', async (t) => {
  const peer = await startPeer(t, approving());
  const books = join(folder, 'cut.jsonl');
  const file = scenario('cut', { line: { 'cut-within': 1 }, connection: 'dialled' });
  const { stdout } = await run([
    'simulate',
    'terminals',
    file,
    '--to',
    peer.to,
    '--count',
    '3',
    '--books',
    books,
    '--json',
  ]);
  t.same(
    heard(peer.requests).map(([mti]) => mti),
    ['0201', '0201', '0201'],
    'of the first messages none came whole',
  );
  const facts = readFileSync(books, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const sent = facts.filter(({ fact }) => fact === 'sent');
  t.same(sent.map(({ mti, whole }) => `${mti} ${whole}`).sort(), [
    '0200 false',
    '0200 false',
    '0200 false',
    '0201 true',
    '0201 true',
    '0201 true',
  ]);
  t.same(
    facts.filter(({ fact }) => fact === 'silence').map(({ why }) => why),
    ['cut', 'cut', 'cut'],
  );
  t.match(JSON.parse(stdout), {
    connections: { made: 6, cut: 3 },
    services: { 'pin-sale': { approved: 3, repeated: 3 } },
  });
});

t.test('a slow sender’s message comes whole, bit by bit', async (t) => {
  const peer = await startPeer(t, approving());
  const file = scenario('slow', { line: { slow: 1 }, slowMs: 150 });
  const { stdout } = await run(['simulate', 'terminals', file, '--to', peer.to, '--count', '2', '--json']);
  const { services } = JSON.parse(stdout);
  t.match(services, { 'pin-sale': { sent: 2, approved: 2, repeated: 0 } });
  t.ok(services['pin-sale'].p50Ms >= 100, `${services['pin-sale'].p50Ms} ms`);
});

t.test('a conflict is the same key with other content; an answer in progress is asked again', async (t) => {
  const approve = approving();
  const asked = new Map<string, number>();
  const peer = await startPeer(t, (frame, socket) => {
    const request = parseIso(frame);
    const times = (asked.get(request.fields[11] ?? '') ?? 0) + 1;
    asked.set(request.fields[11] ?? '', times);
    if (times === 1) return answer(request, '09');
    return times === 2 ? approve(frame, socket) : answer(request, '94');
  });
  const file = scenario('conflict', { bad: { conflict: 1 } });
  const { stdout } = await run(['simulate', 'terminals', file, '--to', peer.to, '--count', '1', '--json']);
  const [first, second, third] = peer.requests.map(parseIso);
  t.same([first?.mti, second?.mti, third?.mti], ['0200', '0201', '0200']);
  for (const de of [11, 12, 13, 37, 41, 48]) t.equal(third?.fields[de], first?.fields[de], `DE${de}`);
  t.not(third?.fields[4], first?.fields[4]);
  t.match(JSON.parse(stdout), {
    codes: { 94: 1 },
    services: { 'pin-sale': { approved: 1, repeated: 1 }, 'bad: conflict': { sent: 1, declined: 1 } },
  });
});

t.test('books hold neither PIN nor account, and are their owner’s alone', async (t) => {
  const peer = await startPeer(t, approving());
  const books = join(folder, 'silent.jsonl');
  const mix = [
    { service: 'pin-sale', products: ['TALK10'] },
    { service: 'account-credit', accounts: [ACCOUNT], amounts: { from: 500, to: 500 } },
  ];
  const file = scenario('silent', { mix });
  await run(['simulate', 'terminals', file, '--to', peer.to, '--count', '20', '--books', books]);
  const text = readFileSync(books, 'utf8');
  t.match(text, /"hash":"[0-9a-f]{64}","serial":"S1000000000000\d"/);
  t.notMatch(text.replaceAll(/"serial":"S\d+"/g, ''), /1000000000000\d/);
  t.notMatch(text, new RegExp(ACCOUNT));
  t.ok(
    peer.requests.some((frame) => frame.includes(ACCOUNT)),
    'which did go over the wire',
  );
  t.equal(statSync(books).mode & 0o777, 0o600);
});

t.test('a signal ends the run, and what it came to is told', async (t) => {
  const approve = approving();
  const child = { kill: (): unknown => undefined };
  const peer = await startPeer(t, (frame, socket) => {
    if (peer.requests.length === 10) child.kill();
    return approve(frame, socket);
  });
  const args = ['simulate', 'terminals', scenario('long', {}), '--to', peer.to, '--json'];
  const running = spawnNode([MAIN, ...args]);
  child.kill = () => running.kill('SIGINT');
  let stdout = '';
  running.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  const code = await new Promise((resolve) => running.on('close', resolve));
  t.equal(code, 0);
  const { customers, services } = JSON.parse(stdout);
  t.ok(customers >= 10 && services['pin-sale'].approved >= 10, `${customers} customers`);
});

t.test('books on a full disk end the run with one line', { skip: !existsSync('/dev/full') }, async (t) => {
  const peer = await startPeer(t, approving());
  const args = [scenario('full', {}), '--to', peer.to, '--books', '/dev/full'];
  const { code, stderr } = await run(['simulate', 'terminals', ...args]);
  t.equal(code, 2);
  t.equal(stderr, 'prepaid-switch: ENOSPC: no space left on device, write\n');
  t.same(peer.requests, [], 'nothing was sent that is not in the books');
});

t.test('wrong usage is one line and exit code 2, nobody listening exit code 1', async (t) => {
  const small = scenario('small', { arrivals: { perSecond: 0 } });
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [[], 2, /a scenario: see --list/],
    [
      ['high-street'],
      2,
      /high-street: no such scenario; must be a file or one of bad-line, saturday-peak, shop-street/,
    ],
    [[small], 2, /small\.yaml: arrivals\.perSecond: must be at least 0\.001/],
    [['shop-street', '--journal', 'x'], 2, /--journal goes with --check/],
    [['--check', '--data', folder], 2, /--check needs --books FILE/],
    [['shop-street', '--data', folder], 2, /switch\.db: no database; --data FOLDER names its folder/],
    [['shop-street', '--to', '127.0.0.1:1'], 1, /127\.0\.0\.1:1: no connection in 2000 ms/],
  ];
  await Promise.all(
    cases.map(async ([args, code, line]) => {
      const result = await run(['simulate', 'terminals', ...args]);
      t.equal(result.code, code, args.join(' '));
      t.match(result.stderr, line);
      t.equal(result.stderr.trimEnd().split('\n').length, 1);
    }),
  );
  const { stdout } = await run(['simulate', 'terminals', '--list']);
  t.match(stdout, /^bad-line +Dial-up tills on a bad line/m);
});
