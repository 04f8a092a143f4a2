/**
 * `prepaid-switch guess`: framing and format of unknown traffic, by trying, for each server that a capture shows. Exit
 * code 1 where none is found, with what the bytes look like.
 */
import type { Command } from 'commander';
import type { StreamEvent } from '../tools/capture/events.js';
import type { Guess } from '../tools/guess/guess.js';
import type { Service } from '../tools/guess/sample.js';
import type { Source } from '../tools/guess/source.js';
import type { Written } from '../tools/guess/write.js';
import { type CaptureOptions, Faults, trafficOptions, withCapture } from './captureOptions.js';
import { EXIT, NotSo, print, printJson } from './command.js';
import { table } from './fields.js';

interface GuessOptions extends CaptureOptions {
  readonly out?: string;
}

interface Found {
  readonly service: Service;
  readonly guesses: readonly Guess[];
  /** What the bytes look like where there is no guess. */
  readonly look: string;
}

const NOTES = `
A file that is neither a capture nor a list is taken for the bytes of one stream. Only the beginning of a capture is
looked at. With --out the folder gets format.json, which extends the nearest shipped format, and switch.yaml, a
configuration with one link that uses it; prepaid-switch check accepts both.

Examples:
  prepaid-switch guess unknown.pcapng
  prepaid-switch guess unknown.pcapng --port 5000 --out my-host --json`;

export function register(program: Command): void {
  withCapture(program.command('guess'))
    .description('find framing and format of unknown traffic by trying')
    .option('--out <folder>', 'write a format and a configuration to begin with')
    .addHelpText('after', NOTES)
    .action(guess);
}

async function guess(file: string, options: GuessOptions): Promise<void> {
  const { sourcesOf } = await import('../tools/guess/source.js');
  let found: Found[] = [];
  for (const source of sourcesOf(file, await trafficOptions(options))) {
    found = await foundIn(source);
    // What holds no message at all may be another kind of file; what holds some is what it seems.
    if (found.length > 0) break;
  }
  const best = found
    .filter(({ guesses }) => guesses.length > 0)
    .sort((a, b) => (b.guesses[0]?.score ?? 0) - (a.guesses[0]?.score ?? 0))[0];
  const chosen = best?.guesses[0];
  let written: Written | undefined;
  if (options.out !== undefined && best !== undefined && chosen !== undefined) {
    const { writeGuess } = await import('../tools/guess/write.js');
    written = writeGuess(chosen, options.out, best.service.server.port);
  }
  if (options.json) await tellJson(found, written);
  else await tell(file, found, written);
  if (chosen === undefined) process.exitCode = EXIT.notSo;
}

async function foundIn({ kind, events }: Source): Promise<Found[]> {
  const { sampleOf } = await import('../tools/guess/sample.js');
  const { guessesOf } = await import('../tools/guess/guess.js');
  const { lookOf } = await import('../tools/guess/strangers.js');
  const faults = new Faults();
  const services = sampleOf(watched(events, faults));
  faults.end();
  return services.map((service) => {
    const guesses = guessesOf(service, kind === 'list');
    return { service, guesses, look: lookOf(service.runs[0]?.bytes ?? Buffer.alloc(0)) };
  });
}

function* watched(events: Iterable<StreamEvent>, faults: Faults): Generator<StreamEvent> {
  for (const event of events) {
    if (event.kind === 'fault') faults.tell(event);
    yield event;
  }
}

async function tell(file: string, found: readonly Found[], written: Written | undefined): Promise<void> {
  const { formatText, framingText, reasonsOf } = await import('../tools/guess/reasons.js');
  const known = found.filter(({ guesses }) => guesses.length > 0);
  if (known.length === 0) {
    const looks = [...new Set(found.map(({ service, look }) => `${nameOf(service)}${look}`))];
    throw new NotSo(`${file}: no ISO 8583 found: ${looks.join('; ') || 'no bytes of streams'}`);
  }
  for (const { service, guesses } of known) {
    const [best] = guesses;
    if (best === undefined) continue;
    print(`${nameOf(service)}${framingText(best.framing)}; ${formatText(best)}`);
    for (const reason of reasonsOf(best)) print(`  - ${reason}`);
    const rows = guesses.map((one) => [one.score.toFixed(1), framingText(one.framing), formatText(one)]);
    print(`${table([['score', 'framing', 'format'], ...rows], 1)}\n`);
  }
  for (const { service, guesses, look } of found)
    if (guesses.length === 0) print(`${nameOf(service)}passed over: ${look}`);
  if (written) print(`Written: ${written.format}, ${written.configuration}`);
}

async function tellJson(found: readonly Found[], written: Written | undefined): Promise<void> {
  const { reasonsOf } = await import('../tools/guess/reasons.js');
  const { shortFraming } = await import('../tools/guess/write.js');
  printJson({
    services: found.map(({ service: { server, connections, streamBytes }, guesses, look }) => ({
      server,
      connections,
      streamBytes,
      ...(guesses.length === 0 ? { look } : {}),
      guesses: guesses.map((one) => ({
        score: Math.round(10 * one.score) / 10,
        framing: one.framing === undefined ? null : shortFraming(one.framing),
        format: one.format.base,
        changes: one.format.changes,
        reasons: reasonsOf(one),
      })),
    })),
    ...(written ? { written } : {}),
  });
}

/** Nothing where the file is one stream. */
function nameOf({ server }: Service): string {
  return server.address === '' ? '' : `${server.address}:${server.port}: `;
}
