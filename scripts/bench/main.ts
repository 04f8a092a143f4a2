/** `npm run bench [-- NAME …] [--json]`: every part from one run, or those named. The last line of --json is one object. */
import { benchCodec } from './codec.js';
import { benchIdle } from './idle.js';
import { benchIntake } from './intake.js';
import { benchSales } from './sales.js';

const PARTS: Readonly<Record<string, () => Promise<Record<string, number>>>> = {
  codec: benchCodec,
  sales: benchSales,
  intake: () => benchIntake(),
  idle: benchIdle,
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const names = args.filter((arg) => arg !== '--json');
const unknown = names.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  process.stderr.write(`bench: ${unknown} is none of ${Object.keys(PARTS).join(', ')}\n`);
  process.exit(2);
}
const figures: Record<string, number> = {};
for (const name of names.length > 0 ? names : Object.keys(PARTS)) {
  process.stdout.write(`\n== ${name} ==\n`);
  Object.assign(figures, await PARTS[name]?.());
}
if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
process.exit(0);
