/**
 * The summary as one page that needs nothing but itself: no script, no font, no picture from elsewhere. All that comes
 * out of messages is escaped. What it lists is what the result lists; how much there was stands beside it.
 */
import type { FieldSummary, ReplayResult, ToldDifference, ToldExchange } from '../result.js';
import { latencyPlot } from './plot.js';
import { STYLE } from './style.js';
import {
  headline,
  isAsCaptured,
  milliseconds,
  number,
  quantiles,
  remarks,
  SILENCES,
  shown,
  whose,
} from './words.js';

/** Exchanges that stand open; the reader opens the others. */
const OPEN_MAX = 20;
/** Changes shown of a field; JSON has more. */
const CHANGES_MAX = 8;

export function htmlReport(result: ReplayResult): string {
  const title = `Replay of ${escaped(result.file)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="quiet">${escaped(headline(result))}</p>
${verdict(result)}
${counts(result)}
${latencies(result)}
${fields(result.byField)}
${exchanges(result)}
${declared(result)}
${rest(result)}
</main>
</body>
</html>
`;
}

function verdict(result: ReplayResult): string {
  const isGood = isAsCaptured(result);
  const words = isGood ? 'Every answer is as captured, but for the declared fields.' : 'Not as captured.';
  return `<p class="verdict ${isGood ? 'good' : 'bad'}">${words}</p>`;
}

function counts({ frames, matched, different, unanswered, uncompared, unansweredBy }: ReplayResult): string {
  const tile = (name: string, count: number, tone = '', more = ''): string =>
    `<div>${name}<b class="${count > 0 ? tone : ''}">${number(count)}</b><span class="quiet">${more}</span></div>`;
  const why =
    unanswered > 0
      ? `${number(unansweredBy.timeout)} timed out, ${number(unansweredBy.closed)} on a closed connection`
      : '';
  return `<div class="counts">
${tile('requests', frames)}
${tile('matched', matched, 'good')}
${tile('different', different, 'bad')}
${tile('unanswered', unanswered, 'bad', why)}
${uncompared > 0 ? tile('not compared', uncompared) : ''}
</div>`;
}

function latencies({ latency }: ReplayResult): string {
  const row = (name: string, of: ReplayResult['latency']['live']): string =>
    `<tr><th>${name}</th><td class="n">${number(of.count)}</td>${quantiles(of)
      .map((text) => `<td class="n">${text}</td>`)
      .join('')}</tr>`;
  return `<h2>Latency</h2>
<p class="key"><span><i></i>here</span><span><i class="captured"></i>captured</span></p>
${latencyPlot(latency.live, latency.captured)}
<div class="scroll"><table>
<tr><th>milliseconds</th><th class="n">answers</th><th class="n">p50</th><th class="n">p90</th><th class="n">p99</th><th class="n">slowest</th></tr>
${row('here', latency.live)}
${row('captured', latency.captured)}
</table></div>`;
}

function fields(byField: readonly FieldSummary[]): string {
  if (byField.length === 0) return '';
  return `<h2>What differs, by field</h2>
<div class="scroll"><table class="values">
<tr><th class="field">field</th><th>captured</th><th>here</th><th class="n">answers</th></tr>
${byField.map(fieldRows).join('\n')}
</table></div>`;
}

function fieldRows({ path, name, count, changes: all }: FieldSummary): string {
  const changes = all.slice(0, CHANGES_MAX);
  const others = count - changes.reduce((sum, one) => sum + one.count, 0);
  const more = others > 0 ? 1 : 0;
  const head = `<td class="path" rowspan="${changes.length + more}"><b>${escaped(shown(path))}</b> <span class="quiet">${number(count)}</span><br>${escaped(name)}</td>`;
  const rows = changes.map(
    ({ before, after, count: times }, at) =>
      `<tr>${at === 0 ? head : ''}${beforeAfter(before, after)}<td class="n">${number(times)}</td></tr>`,
  );
  if (more > 0)
    rows.push(`<tr><td colspan="2" class="quiet">other values</td><td class="n">${number(others)}</td></tr>`);
  return rows.join('\n');
}

function exchanges({ listed, different, unanswered }: ReplayResult): string {
  const all = different + unanswered;
  if (all === 0) return '';
  const told =
    listed.length < all
      ? `<p class="quiet">The first ${number(listed.length)} of ${number(all)}; --list tells how many.</p>`
      : '';
  return `<h2>Requests whose answer differs or is missing</h2>
${told}
${listed.map((one, at) => exchange(one, at < OPEN_MAX)).join('\n')}`;
}

function exchange(one: ToldExchange, isOpen: boolean): string {
  const { silence, differences, liveMs, capturedMs } = one;
  const what = silence ? SILENCES[silence] : differences.map(({ path }) => shown(path)).join(', ');
  const times = `here ${milliseconds(liveMs)} ms, captured ${milliseconds(capturedMs)} ms`;
  const table =
    differences.length === 0
      ? ''
      : `<div class="scroll"><table class="values"><tr><th class="field">field</th><th>captured</th><th>here</th></tr>${differences.map(differenceRow).join('')}</table></div>`;
  return `<details${isOpen ? ' open' : ''}><summary>${escaped(whose(one))}: <b class="bad">${escaped(what)}</b></summary>
<div class="inside"><p class="quiet">${times}</p>${table}</div></details>`;
}

function differenceRow({ path, name, before, after }: ToldDifference): string {
  return `<tr><td class="path"><b>${escaped(shown(path))}</b><br>${escaped(name)}</td>${beforeAfter(before, after)}</tr>`;
}

function beforeAfter(before: string | null, after: string | null): string {
  const [one, other] = [shown(before), shown(after)];
  const [from, toEnd] = before === null || after === null ? [0, 0] : sameEnds(one, other);
  return `<td class="before">${marked(one, from, toEnd)}</td><td class="after">${marked(other, from, toEnd)}</td>`;
}

/** Characters that two texts have in common at their beginning, and behind that at their end. */
function sameEnds(one: string, other: string): [from: number, toEnd: number] {
  const most = Math.min(one.length, other.length);
  let from = 0;
  while (from < most && one[from] === other[from]) from += 1;
  let toEnd = 0;
  while (toEnd < most - from && one.at(-1 - toEnd) === other.at(-1 - toEnd)) toEnd += 1;
  return [from, toEnd];
}

/** What differs stands out of what surrounds it. */
function marked(text: string, from: number, toEnd: number): string {
  const until = text.length - toEnd;
  const middle = from < until ? `<mark>${escaped(text.slice(from, until))}</mark>` : '';
  return `<code>${escaped(text.slice(0, from))}${middle}${escaped(text.slice(until))}</code>`;
}

function declared({ declared: paths }: ReplayResult): string {
  const entries = Object.entries(paths);
  if (entries.length === 0) return '';
  const rows = entries.map(
    ([path, count]) => `<tr><td>${escaped(shown(path))}</td><td class="n">${number(count)}</td></tr>`,
  );
  return `<h2>Declared to differ</h2>
<p class="quiet">New by nature in each run, set to be ignored, or citing such a value: counted, not compared.</p>
<div class="scroll"><table><tr><th>field</th><th class="n">answers</th></tr>${rows.join('')}</table></div>`;
}

function rest(result: ReplayResult): string {
  const lines = remarks(result);
  const { faults } = result;
  if (lines.length === 0) return '';
  const items = [...lines, ...faults.listed].map((line) => `<li>${escaped(line)}</li>`);
  return `<h2>Besides</h2>\n<ul>${items.join('\n')}</ul>`;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
