/** The summary for a terminal. Lists the first `EXCHANGES_MAX` requests; --json and --html have more. */
import type { ReplayResult, ToldExchange } from '../result.js';
import { headline, isAsCaptured, number, quantiles, remarks, SILENCES, shown, whose } from './words.js';

const EXCHANGES_MAX = 10;
const DIFFERENCES_MAX = 20;
const CHANGES_MAX = 3;
const LABEL = 14;

export function textReport(result: ReplayResult): string {
  const { matched, different, unanswered, unansweredBy, latency, declared, listed } = result;
  const count = (label: string, value: number, more = ''): string =>
    `${label.padEnd(LABEL)}${number(value).padStart(11)}${more}`;
  const why = `   ${number(unansweredBy.timeout)} timed out, ${number(unansweredBy.closed)} on a closed connection`;
  const lines = [
    headline(result),
    count('matched', matched),
    count('different', different),
    count('unanswered', unanswered, unanswered > 0 ? why : ''),
    '',
    `${'latency, ms'.padEnd(LABEL)}${['p50', 'p90', 'p99', 'max'].map((name) => name.padStart(11)).join('')}`,
    `${'  here'.padEnd(LABEL)}${quantiles(latency.live)
      .map((text) => text.padStart(11))
      .join('')}`,
    `${'  captured'.padEnd(LABEL)}${quantiles(latency.captured)
      .map((text) => text.padStart(11))
      .join('')}`,
  ];
  const names = Object.entries(declared).map(([path, times]) => `${shown(path)} (${number(times)})`);
  if (names.length > 0) lines.push('', `declared to differ: ${names.join(', ')}`);
  lines.push(...fieldLines(result));
  if (listed.length > 0) {
    lines.push(
      '',
      `the first ${Math.min(EXCHANGES_MAX, listed.length)} of ${number(different + unanswered)}:`,
    );
    for (const one of listed.slice(0, EXCHANGES_MAX)) lines.push(...exchangeLines(one));
  }
  const others = remarks(result);
  if (others.length > 0) lines.push('', ...others);
  lines.push(...result.faults.listed.map((fault) => `  ${fault}`));
  lines.push('', isAsCaptured(result) ? 'as captured' : 'not as captured');
  return lines.join('\n');
}

function fieldLines({ byField }: ReplayResult): string[] {
  if (byField.length === 0) return [];
  const lines = ['', 'what differs, by field:'];
  for (const { path, name, count, changes } of byField.slice(0, DIFFERENCES_MAX)) {
    lines.push(`  ${shown(path).padEnd(10)}${name}: ${number(count)}`);
    for (const { before, after, count: times } of changes.slice(0, CHANGES_MAX))
      lines.push(`${' '.repeat(12)}${shown(before)} -> ${shown(after)}: ${number(times)}`);
  }
  if (byField.length > DIFFERENCES_MAX) lines.push(`  and ${byField.length - DIFFERENCES_MAX} fields more`);
  return lines;
}

function exchangeLines(one: ToldExchange): string[] {
  const lines = [`  ${whose(one)}`];
  if (one.silence) lines.push(`    ${SILENCES[one.silence]}`);
  for (const { path, name, before, after } of one.differences.slice(0, DIFFERENCES_MAX))
    lines.push(`    ${shown(path).padEnd(8)}${name}: ${shown(before)} -> ${shown(after)}`);
  const more = one.differences.length - DIFFERENCES_MAX;
  if (more > 0) lines.push(`    and ${more} more`);
  return lines;
}
