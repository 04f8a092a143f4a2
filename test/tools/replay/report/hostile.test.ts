/** What messages say reaches neither the page as markup nor the terminal as a command to it. */
import t from 'tap';
import { htmlReport } from '../../../../src/tools/replay/report/html.js';
import { textReport } from '../../../../src/tools/replay/report/text.js';
import type { Latency, ReplayResult, ToldDifference } from '../../../../src/tools/replay/result.js';

const HOSTILE = `<script>alert("1")</script>'&\u001bc\u009b2J\u202e`;
const NONE: Latency = { count: 0, p50: null, p90: null, p99: null, max: null, curve: [] };
const difference: ToldDifference = { path: `48.${HOSTILE}`, name: 'n', before: HOSTILE, after: null };

const result: ReplayResult = {
  ...{ file: 'a.pcapng', to: 'host:1', pace: 'as answered', seconds: 1, perSecond: 1 },
  ...{ frames: 1, matched: 0, different: 1, unanswered: 0, uncompared: 0, connections: 1, reconnects: 0 },
  unansweredBy: { timeout: 0, closed: 0 },
  closed: { count: 0, listed: [] },
  passedOver: { serverRequests: 0, clientAnswers: 0, keepAlives: 0, strayAnswers: 0, unreadableAnswers: 0 },
  unasked: { requests: 0, keepAlives: 0, strayAnswers: 0, unreadableAnswers: 0 },
  uncited: 0,
  latency: { live: NONE, captured: NONE },
  declared: { [`63.${HOSTILE}`]: 1 },
  byField: [{ ...difference, count: 1, changes: [{ before: HOSTILE, after: null, count: 1 }], others: 0 }],
  listed: [
    {
      ...{ frame: 1, connection: 1, mti: '0200', terminal: HOSTILE, stan: '000001', sentStan: null },
      ...{ liveMs: 1, capturedMs: 1, differences: [difference] },
    },
  ],
  faults: { count: 0, skippedBytes: 0, listed: [] },
  stopped: null,
};

t.test('values, tags and terminals are text in the page, whatever they are', async (t) => {
  const page = htmlReport(result);
  t.notMatch(page, /<script|alert\("/);
  t.match(page, '&lt;script&gt;');
  t.match(page, "default-src 'none'", 'and nothing would run');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  t.notMatch(page, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});

t.test('nothing of a message writes to the terminal that shows the summary', async (t) => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  t.notMatch(textReport(result), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
});
