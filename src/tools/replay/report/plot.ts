/**
 * Latencies as an inline SVG: for each share of all answers the milliseconds that it did not pass, live beside captured.
 * Both axes are logarithmic, the shares towards one, so that the slowest answers are seen. Colours are the page's.
 */
import { type Latency, PLOT_SHARES } from '../result.js';
import { milliseconds, number } from './words.js';

const WIDTH = 760;
const HEIGHT = 300;
const LEFT = 76;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 46;
/** What stands for the slowest answer of all, in nines. */
const NINES_MAX = 4.6;

interface Scale {
  readonly lowest: number;
  readonly highest: number;
}

export function latencyPlot(live: Latency, captured: Latency): string {
  const all = [...live.curve, ...captured.curve].filter((ms): ms is number => ms !== null);
  if (all.length === 0) return '<p class="quiet">No answer, no latency.</p>';
  const scale = {
    lowest: 10 ** Math.floor(Math.log10(Math.max(0.01, Math.min(...all)))),
    highest: 10 ** Math.ceil(Math.log10(Math.max(0.02, ...all))),
  };
  const label = `Latency by share of answers. Here: p50 ${milliseconds(live.p50)} ms, p99 ${milliseconds(live.p99)} ms. Captured: p50 ${milliseconds(captured.p50)} ms, p99 ${milliseconds(captured.p99)} ms.`;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">`,
    grid(scale),
    curve(captured, scale, 'captured'),
    curve(live, scale, 'live'),
    '</svg>',
  ].join('\n');
}

function grid(scale: Scale): string {
  const lines: string[] = [];
  for (let ms = scale.lowest; ms <= scale.highest * 1.001; ms *= 10) {
    const y = yOf(ms, scale);
    lines.push(`<line class="grid" x1="${LEFT}" y1="${y}" x2="${WIDTH - RIGHT}" y2="${y}"/>`);
    lines.push(
      `<text class="axis" x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${number(ms < 0.1 ? 0.01 : ms)} ms</text>`,
    );
  }
  for (const share of [0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1]) {
    const x = xOf(share);
    const name =
      share === 1 ? 'all' : `${number(share * 10_000) === '9,999' ? '99.99' : number(share * 100)} %`;
    lines.push(`<line class="grid" x1="${x}" y1="${TOP}" x2="${x}" y2="${HEIGHT - BOTTOM}"/>`);
    lines.push(`<text class="axis" x="${x}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${name}</text>`);
  }
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  lines.push(
    `<text class="axis" x="${middle}" y="${HEIGHT - 8}" text-anchor="middle">share of answers that came within</text>`,
  );
  return lines.join('\n');
}

function curve({ curve: points }: Latency, scale: Scale, name: 'live' | 'captured'): string {
  const told = points.flatMap((ms, at) => {
    const share = PLOT_SHARES[at];
    return ms === null || share === undefined ? [] : [`${xOf(share)},${yOf(ms, scale)}`];
  });
  return `<polyline class="curve ${name}" points="${told.join(' ')}"/>`;
}

/** One nine more, one step further. */
function xOf(share: number): number {
  const nines = share === 1 ? NINES_MAX : -Math.log10(1 - share);
  return round(LEFT + (nines / NINES_MAX) * (WIDTH - LEFT - RIGHT));
}

function yOf(ms: number, { lowest, highest }: Scale): number {
  const part = Math.log10(Math.max(ms, lowest) / lowest) / Math.log10(highest / lowest);
  return round(HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
