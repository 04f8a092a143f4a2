import t from 'tap';
import { parseIso, parseTlv } from '../support/iso.js';
import { run } from '../support/process.js';
import { answer, approving, framed, startPeer } from './peer.js';

t.test('sell sends a message of the default profile and shows the answer masked', async (t) => {
  const peer = await startPeer(t, approving());
  const { code, stdout } = await run(
    [
      'terminal',
      'sell',
      '--to',
      peer.to,
      '--product',
      'TALK10',
      '--quantity',
      '1',
      '--amount',
      '1000',
    ].concat(['--stan=123']),
  );
  t.equal(code, 0);
  const { mti, fields } = parseIso(peer.requests[0] ?? Buffer.alloc(0));
  t.equal(mti, '0200');
  t.match(fields, {
    3: '280000',
    4: '000000001000',
    7: /^\d{10}$/,
    11: '000123',
    12: /^\d{6}$/,
    13: /^\d{4}$/,
    32: '000001',
    37: /^\d{6}000123$/,
    41: 'DEMO0001',
    42: 'DEMOMERCHANT001',
    49: '840',
  });
  t.same(parseTlv(fields[48] ?? ''), [
    ['PR', 'TALK10'],
    ['QT', '1'],
  ]);
  t.match(stdout, /DE39 00: approved/);
  t.match(stdout, /63\.SN +Serial number +S1000/);
  t.notMatch(stdout, /[^S]1000000000\d{4}/, 'the PIN is masked');
});

t.test('the commands that it names send the very same message again, and reverse it', async (t) => {
  const peer = await startPeer(t, approving());
  const args = ['--to', peer.to, '--product', 'TALK10', '--amount', '1000', '--clear', '--json'];
  const first = JSON.parse((await run(['terminal', 'sell', ...args])).stdout);
  t.match(first.answer.fields[63].PN, /^\d{14}$/, '--clear shows the PIN');
  const again = JSON.parse((await run(wordsOf(first.next.again))).stdout);
  t.same(peer.requests[1], peer.requests[0], 'byte for byte');
  t.equal(again.answer.fields[63].PN, first.answer.fields[63].PN);
  const reversed = await run(wordsOf(first.next.reverse));
  t.equal(reversed.code, 0);
  const sale = parseIso(peer.requests[0] ?? Buffer.alloc(0)).fields;
  const reversal = parseIso(peer.requests[2] ?? Buffer.alloc(0));
  t.equal(reversal.mti, '0400');
  t.equal(reversal.fields[90], `0200${sale[11]}${sale[7]}00000000001${'0'.repeat(11)}`);
  for (const de of [3, 4, 11, 12, 13, 32, 37, 41, 42, 49]) t.equal(reversal.fields[de], sale[de], `DE${de}`);
  await run(wordsOf(JSON.parse(reversed.stdout).next.again));
  t.equal(parseIso(peer.requests[3] ?? Buffer.alloc(0)).fields[90], reversal.fields[90]);
});

t.test('credit carries the account, masked on the screen', async (t) => {
  const peer = await startPeer(t, approving());
  const { code, stdout } = await run([
    'terminal',
    'credit',
    '--to',
    peer.to,
    '--account',
    '5551234567',
    '--amount',
    '1500',
    '--repeat',
    '--json',
  ]);
  t.equal(code, 0);
  const { mti, fields } = parseIso(peer.requests[0] ?? Buffer.alloc(0));
  t.equal(mti, '0201');
  t.match(fields, { 3: '210000', 4: '000000001500', 102: '5551234567' });
  t.equal(JSON.parse(stdout).request.fields[102], '****');
});

t.test('a decline ends in 1 and says what DE39 means', async (t) => {
  const peer = await startPeer(t, (frame) => answer(parseIso(frame), '84'));
  const { code, stdout } = await run(['terminal', 'sell', '--to', peer.to, '--product', 'TALK10']);
  t.equal(code, 1);
  t.match(stdout, /DE39 84: out of stock/);
});

t.test('no answer, a closed connection and nobody there each end in 1 and say so', async (t) => {
  const mute = await startPeer(t, () => undefined);
  const silent = await run(['terminal', 'echo', '--to', mute.to, '--timeout', '1']);
  t.equal(silent.code, 1);
  t.match(silent.stdout, /nothing came within 1 s/);
  const rude = await startPeer(t, (_frame, socket) => {
    socket.destroy();
    return undefined;
  });
  const closed = await run(['terminal', 'echo', '--to', rude.to]);
  t.equal(closed.code, 1);
  t.match(closed.stdout, /closed the connection/);
  const nobody = await run(['terminal', 'echo', '--to', '127.0.0.1:1']);
  t.equal(nobody.code, 1);
  t.match(nobody.stderr, /^prepaid-switch: 127\.0\.0\.1:1: ECONNREFUSED\n$/);
});

t.test("keep-alives, the host's own requests and other answers are passed over", async (t) => {
  const peer = await startPeer(t, (frame, socket) => {
    const request = parseIso(frame);
    socket.write(Buffer.from([0, 0]));
    socket.write(framed(frame));
    socket.write(framed(answer({ ...request, fields: { ...request.fields, 11: '999999' } }, '96')));
    return answer(request, '00');
  });
  const { code, stdout } = await run(['terminal', 'echo', '--to', peer.to, '--stan', '5', '--json']);
  t.equal(code, 0);
  t.match(JSON.parse(stdout).answer, { mti: '0810', fields: { 11: '000005', 39: '00' } });
});

t.test('--bcd speaks packed digits behind a TPDU', async (t) => {
  const request =
    '6000010002' +
    '0800 8238000100800000 0400000000000000' +
    '1123141219 000123 141219 1123 06000001 44454D4F30303031 0301';
  const reply =
    '6000020001' +
    '0810 8238000102800000 0400000000000000' +
    '1123141219 000123 141219 1123 06000001 3030 44454D4F30303031 0301';
  const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const peer = await startPeer(t, () => bytes(reply));
  const at = ['--stan', '123', '--date', '1123', '--time', '141219', '--transmitted', '1123141219'];
  const { code, stdout } = await run(['terminal', 'echo', '--bcd', '--to', peer.to, ...at]);
  t.equal(code, 0);
  t.equal(peer.requests[0]?.toString('hex').toUpperCase(), bytes(request).toString('hex').toUpperCase());
  t.match(stdout, /DE39 00: approved/);
});

t.test('send takes a message in hexadecimal', async (t) => {
  const peer = await startPeer(t, approving());
  const body = Buffer.from('0800' + '0220000000800000' + '1123141219' + '000007' + 'DEMO0001', 'latin1');
  const { code, stdout } = await run(['terminal', 'send', body.toString('hex'), '--to', peer.to]);
  t.same(peer.requests[0], body);
  t.equal(code, 0);
  t.match(stdout, /0810/);
});

/** The arguments of a command line as it would be typed, without the program's name. */
function wordsOf(command: string): string[] {
  const words = command.split(' ');
  return words.slice(words.indexOf('terminal'));
}

t.test(
  'batch lists its items in DE48; its reversal names some, its repeat is the very same message',
  async (t) => {
    const peer = await startPeer(t, (frame) => answer(parseIso(frame), '10'));
    const items = ['product=TALK10,quantity=2', 'account=5550001234,amount=500'];
    const ran = await run(['terminal', 'batch', ...items, '--to', peer.to, '--json']);
    t.equal(ran.code, 1, 'some alone is not approved');
    const first = JSON.parse(ran.stdout);
    t.match(first.meaning, /partially/);
    t.notMatch(JSON.stringify(first.request), /5550001234/, 'the account is masked');
    const { mti, fields } = parseIso(peer.requests[0] ?? Buffer.alloc(0));
    t.equal(mti, '0200');
    t.equal(fields[3], '290000');
    t.equal(fields[48], 'IT00201PR006TALK10QT0012IT00202AC0105550001234AM003500');
    await run(wordsOf(first.next.again));
    t.same(peer.requests[1], peer.requests[0], 'byte for byte');
    await run([...wordsOf(first.next.reverse), '--items', '1,2']);
    const reversal = parseIso(peer.requests[2] ?? Buffer.alloc(0));
    t.equal(reversal.mti, '0400');
    t.equal(reversal.fields[48], 'IT00201IT00202');
    t.equal(reversal.fields[11], fields[11]);
    const wrong = await run(['terminal', 'batch', 'pin=TALK10', '--to', peer.to]);
    t.equal(wrong.code, 2);
    t.match(wrong.stderr, /product=/);
  },
);
