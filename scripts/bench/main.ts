/** `npm run bench [-- NAME …] [--json] [--long]`: every part from one run, or those named. The last line of --json is one object. */
import { benchBatch } from './batch.js';
import { benchCaptureRead } from './captureRead.js';
import { benchCaptureReplay } from './captureReplay.js';
import { benchCodec } from './codec.js';
import { benchIdle } from './idle.js';
import { benchIntake } from './intake.js';
import { benchNetwork } from './network.js';
import { benchPostgres } from './postgres.js';
import { benchRecording } from './recording.js';
import { benchSales } from './sales.js';
import { benchScale, ROWS_LONG } from './scale.js';
import { benchScalePostgres } from './scalePostgres.js';

type Part = () => Promise<Record<string, number>>;

const PARTS: Readonly<Record<string, Part>> = {
  codec: benchCodec,
  sales: benchSales,
  batch: benchBatch,
  intake: () => benchIntake(),
  idle: benchIdle,
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const isLong = args.includes('--long');
const names = args.filter((arg) => arg !== '--json' && arg !== '--long');

/** Only where they are named: postgres needs pgbench; capture fills some 2 GB of disk, scale and scalePostgres fill some 1 GB of disk, with --long some 10 GB; network takes minutes. */
const BY_NAME: Readonly<Record<string, Part>> = {
  capture: async () => ({ ...(await benchCaptureRead()), ...(await benchCaptureReplay(isLong)) }),
  postgres: benchPostgres,
  network: () => benchNetwork(isLong),
  recording: benchRecording,
  scale: () => benchScale(isLong ? { rows: ROWS_LONG } : {}),
  scalePostgres: () => benchScalePostgres(isLong ? { rows: ROWS_LONG } : {}),
};
const ALL = { ...PARTS, ...BY_NAME };

const unknown = names.find((name) => !(name in ALL));
if (unknown !== undefined) {
  process.stderr.write(`bench: ${unknown} is none of ${Object.keys(ALL).join(', ')}\n`);
  process.exit(2);
}
const figures: Record<string, number> = {};
for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
  process.stdout.write(`\n== ${name} ==\n`);
  Object.assign(figures, await ALL[name]?.());
}
if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
