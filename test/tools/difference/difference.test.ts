import fc from 'fast-check';
import t from 'tap';
import { loadFormat } from '../../../src/iso8583/index.js';
import { differences, masked } from '../../../src/tools/difference/difference.js';
import { buildIso, buildTlv } from '../../support/iso.js';

const codec = loadFormat('iso87-ascii');
const message = (mti: string, fields: Readonly<Record<number, string>>) => codec.parse(buildIso(mti, fields));
const pairs = (a: ReturnType<typeof message>, b: ReturnType<typeof message>, ignored?: ReadonlySet<string>) =>
  differences(codec, a, b, ignored).map(({ path, before, after }) => [path, before, after]);

t.test('what differs is told in the order of fields, the message type first', async (t) => {
  const one = message('0200', { 3: '280000', 11: '000001', 39: '00', 102: '5551' });
  const other = message('0210', { 3: '280000', 11: '000002', 4: '000000001000', 102: '5552' });
  t.same(pairs(one, other), [
    ['mti', '0200', '0210'],
    ['4', undefined, '000000001000'],
    ['11', '000001', '000002'],
    ['39', '00', undefined],
    ['102', '5551', '5552'],
  ]);
});

t.test('subfields are compared one by one, the second of a tag with the second', async (t) => {
  const lines = (...texts: string[]) => ({ 63: buildTlv(texts.map((text) => ['RL', text] as const)) });
  t.same(pairs(message('0210', lines('a', 'b', 'c')), message('0210', lines('a', 'x'))), [
    ['63.RL#2', 'b', 'x'],
    ['63.RL#3', 'c', undefined],
  ]);
});

t.test('where one side is no sequence of tags, field and tags stand apart', async (t) => {
  const tagged = message('0200', { 48: buildTlv([['PR', 'TALK10']]) });
  t.same(pairs(tagged, message('0200', { 48: 'TALK10' })), [
    ['48.PR', 'TALK10', undefined],
    ['48', undefined, 'TALK10'],
  ]);
});

t.test('ignored paths are left out with all below them, every occurrence of a tag with it', async (t) => {
  const one = message('0210', { 11: '000001', 48: buildTlv([['PR', 'A']]), 63: buildTlv([['RL', 'a']]) });
  const other = message('0210', { 11: '000002', 48: buildTlv([['PR', 'B']]), 63: buildTlv([['RL', 'b']]) });
  t.same(pairs(one, other, new Set(['11', '48', '63.RL'])), []);
  t.same(pairs(one, other, new Set(['11', '4', '63'])), [['48.PR', 'A', 'B']], '4 is not 48');
});

t.test('every occurrence of a sensitive tag is masked, listed under a field that is not', async (t) => {
  const accounts = (...texts: string[]) => ({ 48: buildTlv(texts.map((text) => ['AC', text] as const)) });
  const one = message('0200', accounts('5551111', '5552222', '5553333'));
  const other = message('0200', accounts('5554444', '5555555'));
  const shown = JSON.stringify(differences(codec, one, other).map((found) => masked(codec, found)));
  t.match(shown, /"48.AC#2".+"48.AC#3"/);
  t.notMatch(shown, /555/);
});

t.test('a message never differs from itself, and the other way round the same differs', async () => {
  const tag = fc.constantFrom('PN', 'SN', 'RL', 'AC', 'X1');
  const tlv = fc.array(fc.tuple(tag, fc.stringMatching(/^[0-9A-Z]{0,9}$/)), { maxLength: 6 }).map(buildTlv);
  const fields = fc.record({ 3: fc.stringMatching(/^\d{6}$/), 48: tlv, 63: tlv }, { requiredKeys: [] });
  fc.assert(
    fc.property(fields, fields, (a, b) => {
      const [one, other] = [message('0200', a), message('0200', b)];
      const turned = differences(codec, other, one).map(({ path, before, after }) => [path, after, before]);
      const sorted = (list: unknown[]) => list.map((entry) => JSON.stringify(entry)).sort();
      return (
        differences(codec, one, one).length === 0 &&
        JSON.stringify(sorted(pairs(one, other))) === JSON.stringify(sorted(turned)) &&
        (pairs(one, other).length === 0) === one.frame.equals(other.frame)
      );
    }),
    { numRuns: 200 },
  );
});
