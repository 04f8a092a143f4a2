/** A progress bar on a terminal's standard error; nothing where nobody looks. */
import { Presets, SingleBar } from 'cli-progress';

export interface ProgressBar {
  /** `note`: what else is to be seen of it. */
  readonly update: (done: number, total: number, note?: string) => void;
  stop(): void;
}

export function progressBar(what: string, unit: string): ProgressBar {
  if (!process.stderr.isTTY) return { update: () => {}, stop: () => {} };
  const format = `${what} {bar} {percentage}% {value}/{total} ${unit}, {eta_formatted} left{note}`;
  const bar = new SingleBar({ format, stream: process.stderr, hideCursor: true }, Presets.shades_classic);
  let started = false;
  return {
    update(done, total, note = '') {
      const said = { note: note === '' ? '' : `, ${note}` };
      if (!started) bar.start(total, done, said);
      else bar.update(done, said);
      started = true;
    },
    stop: () => bar.stop(),
  };
}
