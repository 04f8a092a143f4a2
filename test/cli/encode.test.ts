import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { fieldTree } from '../../src/cli/fields.js';
import { tagOrder, treeFields } from '../../src/cli/treeFields.js';
import { type Codec, loadFormat } from '../../src/iso8583/index.js';
import { bytesOf, codecOf, frames } from '../iso8583/frames.js';
import { buildIso, buildTlv } from '../support/iso.js';
import { run } from '../support/process.js';

/** What decode prints in clear and encode makes of it, in JSON between them. */
function again(codec: Codec, frame: Buffer): Buffer {
  const message = codec.parse(frame);
  const rows = codec.describe(message, { clear: true });
  const fields = fieldTree(rows);
  const told = JSON.parse(JSON.stringify({ mti: message.mti, fields, order: tagOrder(rows, fields) }));
  return codec.build(told.mti, treeFields(codec, told.fields, told.order));
}

t.test('every fixture comes out of its decoded form as the same bytes', async (t) => {
  for (const frame of frames) {
    const hex = again(codecOf(frame), bytesOf(frame)).toString('hex');
    t.equal(hex, frame.hex.toLowerCase(), `${frame.format}: ${frame.name}`);
  }
});

t.test('tags in any order, repeated in any way, keep their order', async () => {
  const codec = loadFormat('iso87-ascii');
  const tag = fc.constantFrom('PN', 'SN', 'RL', 'AC', '10', '9X', '00', 'RC');
  const tlv = fc.array(fc.tuple(tag, fc.stringMatching(/^[0-9A-Z]{0,9}$/)), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(tlv, tlv, (a, b) => {
      const frame = buildIso('0210', { 3: '280000', 48: buildTlv(a), 63: buildTlv(b) });
      return again(codec, frame).equals(frame);
    }),
    { numRuns: 300 },
  );
});

t.test('the command writes what decode printed, framed where asked', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'encode-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const message = buildIso('0200', { 2: '4111111111111111', 3: '280000', 48: buildTlv([['PR', 'TALK10']]) });
  const hex = message.toString('hex').toUpperCase();
  const decoded = await run(['decode', '--format', 'iso87-ascii', '--clear', '--json', hex]);
  const file = join(folder, 'message.json');
  writeFileSync(file, decoded.stdout);
  t.match(await run(['encode', file]), { code: 0, stdout: `${hex}\n`, stderr: '' });
  const length = (message.length + 5).toString(16).padStart(4, '0').toUpperCase();
  const framed = await run(['encode', '--framing', 'length2', '--tpdu', '6000010002', '--json', file]);
  t.same(JSON.parse(framed.stdout), {
    format: 'iso87-ascii',
    bytes: message.length + 7,
    hex: `${length}6000010002${hex}`,
  });
});

t.test(
  'a masked message, a value that does not fit and what is no message are refused in one line',
  async (t) => {
    const cases: [string, number, string, RegExp][] = [
      [
        'masked',
        2,
        '{"mti":"0200","fields":{"2":"411111****1111"}}',
        /fields\.2: is masked; decode with --clear/,
      ],
      ['masked subfield', 2, '{"mti":"0200","fields":{"63":{"PN":"****"}}}', /fields\.63\.PN: is masked/],
      ['too long', 1, '{"mti":"0200","fields":{"3":"2800001"}}', /field 3: expected at most 6 digits/],
      ['not JSON', 2, '30323030', /must have|must be JSON|JSON object/],
      ['no fields', 2, '{"mti":"0200"}', /"fields" must be an object/],
      ['a number', 2, '{"mti":"0200","fields":{"3":280000}}', /fields\.3: must be text/],
      ['no element', 2, '{"mti":"0200","fields":{"PAN":"4"}}', /fields\.PAN: must be a data element number/],
    ];
    for (const [what, code, input, line] of cases) {
      const result = await run(['encode', '--format', 'iso87-ascii', '-'], { input });
      t.equal(result.code, code, what);
      t.match(result.stderr, line, what);
      t.match(result.stderr, /^prepaid-switch: [^\n]+\n$/, `${what}: one line`);
      t.equal(result.stdout, '', what);
    }
  },
);
