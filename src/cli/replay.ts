/**
 * `prepaid-switch replay`: captured requests once more, to any switch, and how its answers compare with the captured
 * ones. Exit code 0 where all are the same, 1 where one differs or is missing, 2 for wrong usage.
 */
import { closeSync, constants, fstatSync, ftruncateSync, openSync, statSync, writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { SafeError } from '../base/errors.js';
import { MAC_ALGORITHMS, type MacAlgorithm } from '../conduit/macAlgorithms.js';
import type { Pace } from '../tools/replay/replay.js';
import type { ReplayResult } from '../tools/replay/result.js';
import { RENEWABLE, type Renewable } from '../tools/replay/rules.js';
import { type CaptureOptions, trafficOptions, withCapture } from './captureOptions.js';
import { type Address, address, EXIT, print, printJson, wholeNumber } from './command.js';
import { progressBar } from './progress.js';

interface Options extends CaptureOptions {
  readonly to: Address;
  readonly format: string;
  readonly framing: string;
  readonly tpdu?: boolean;
  readonly profile?: string;
  readonly speed?: number;
  readonly asAnswered?: boolean;
  readonly skew: number;
  readonly renew: readonly Renewable[];
  readonly ignore: readonly string[];
  readonly compare: readonly string[];
  readonly set: readonly string[];
  readonly carry: readonly string[];
  readonly pair: readonly string[];
  readonly macAlgorithm?: MacAlgorithm;
  readonly macKey?: string;
  readonly timeout: number;
  readonly list: number;
  readonly html?: string;
}

/** Its length is what counts: what stood before a message goes out with it again. */
const ANY_TPDU = '6000000000';
const SPEED_MAX = 10_000;
const LISTED = 200;
const LISTED_MAX = 10_000;
const PROGRESS_MS = 100;

const NOTES = `
Every request that the capture holds is sent again, on as many connections and in the same order. STAN, RRN, dates and
times are new, the same for a repeat as for its original, and in whatever cites them (DE90, DE56, DE37; --profile tells
other layouts); so they are expected in answers. What a live answer tells in place of the captured one (approval code,
account reference) goes into the requests that cite it. New by nature, and only counted, are approval codes, PINs, their
serial numbers and expiry, account references and expiry, and receipt lines that differ in nothing else.

Examples:
  prepaid-switch replay shop.pcapng --to 127.0.0.1:8583 --as-answered
  prepaid-switch replay shop.pcapng --to 10.0.0.5:8583 --speed 10 --html report.html
  prepaid-switch replay frames.hex --to 8583 --ignore 54,63.RL --set 102=5550001234 --json
  prepaid-switch replay line.pcapng.sealed --key line.key --to 8584 --format iso87-bcd --tpdu`;

export function register(program: Command): void {
  withCapture(program.command('replay'))
    .description(
      'send captured requests again and compare the answers with the captured ones, field by field',
    )
    .requiredOption('--to <host:port>', 'the switch to send them to', address)
    .option('--format <name>', 'a shipped format or a file', 'iso87-ascii')
    .option('--framing <name>', 'a framing by name, or JSON as in the configuration', 'length2')
    .option('--tpdu', 'a TPDU (5 bytes) stands before each message')
    .option('--profile <name>', 'a profile or a file: how originals are cited, where PINs stand')
    .addOption(
      new Option('--speed <n>', 'so many times as fast as captured (1)')
        .argParser(speed)
        .conflicts('asAnswered'),
    )
    .option('--as-answered', 'as fast as answers come, in the order of the capture')
    .option(
      '--skew <ms>',
      'as answered: how far connections may run apart, in captured time',
      wholeNumber(0, 3_600_000),
      1_000,
    )
    .option('--renew <list>', `of ${RENEWABLE.join(', ')}; or none`, renewable, ['stan', 'rrn', 'times'])
    .option('--ignore <list>', 'fields not to compare, such as 54,63.RL', list, [])
    .option('--compare <list>', 'fields to compare though they are new by nature, such as 63.EX', list, [])
    .option(
      '--set <field=value>',
      'a value for each request that has the field; may be given again',
      collect,
      [],
    )
    .option(
      '--carry <from=to>',
      'what answers tell there, later requests cite here; may be given again',
      collect,
      [],
    )
    .option('--pair <list>', 'fields by which an answer finds its request', list, ['11', '41'])
    .addOption(new Option('--mac-algorithm <name>', 'MACs are made anew').choices(MAC_ALGORITHMS))
    .addOption(new Option('--mac-key <hex>', 'with this key').env('PREPAID_SWITCH_MAC_KEY'))
    .option('--timeout <seconds>', 'until a request counts as unanswered', wholeNumber(1, 600), 10)
    .option('--list <n>', 'requests listed in the page and in JSON', wholeNumber(0, LISTED_MAX), LISTED)
    .option('--html <file>', 'write the summary as one page, with differences and latencies')
    .addHelpText('after', NOTES)
    .action(run);
}

async function run(file: string, options: Options): Promise<void> {
  const { replay } = await import('../tools/replay/replay.js');
  const { compileRules } = await import('../tools/replay/rules.js');
  const { readTraffic } = await import('../tools/capture/traffic.js');
  const { terminalFraming } = await import('../tools/terminal/framing.js');
  const { loadFormat } = await import('../iso8583/index.js');
  const { systemClock } = await import('../base/clock.js');
  const { systemRandom } = await import('../base/random.js');
  const codec = loadFormat(options.format);
  const framing = terminalFraming(options.framing, options.tpdu ? ANY_TPDU : undefined);
  const rules = compileRules(rulesOf(options), codec, systemClock);
  const events = readTraffic(file, framing, await trafficOptions(options));
  const page = options.html === undefined ? undefined : openPage(options.html, file);
  const bar = progressBar('replayed', 'KiB');
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  try {
    const result = await replay(
      events,
      {
        file,
        host: `${options.to.host}:${options.to.port}`,
        target: { ...options.to, framing, readBuffer: Buffer.alloc(262_144) },
        codec,
        rules,
        pace: paceOf(options),
        timeoutMs: options.timeout * 1000,
        listedMax: options.list,
      },
      { clock: systemClock, random: systemRandom, signal: interrupt.signal, onProgress: progress(file, bar) },
    );
    bar.stop();
    await tell(result, options, page);
  } finally {
    bar.stop();
    if (page !== undefined) closeSync(page);
  }
}

async function tell(result: ReplayResult, { json }: Options, page: number | undefined): Promise<void> {
  const { isAsCaptured } = await import('../tools/replay/report/words.js');
  if (page !== undefined) {
    const { htmlReport } = await import('../tools/replay/report/html.js');
    ftruncateSync(page);
    writeFileSync(page, htmlReport(result));
  }
  if (json) printJson(result);
  else {
    const { textReport } = await import('../tools/replay/report/text.js');
    print(textReport(result));
  }
  if (!isAsCaptured(result)) process.exitCode = EXIT.notSo;
}

/** What stands there stays until there is a page to write in its place. */
function openPage(path: string, capture: string): number {
  const page = openSync(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  if (capture === '-') return page;
  const [one, other] = [fstatSync(page), statSync(capture)];
  if (one.dev !== other.dev || one.ino !== other.ino) return page;
  closeSync(page);
  throw new SafeError('--html names the capture itself');
}

function rulesOf(options: Options) {
  const { renew, ignore, compare, set, carry, pair, profile, macAlgorithm, macKey } = options;
  return {
    ...{ renew, ignore, compare, set, carry, pair },
    ...(profile === undefined ? {} : { profile }),
    ...(macAlgorithm === undefined ? {} : { macAlgorithm }),
    // A key alone that stands in the environment is for other runs.
    ...(macAlgorithm === undefined || macKey === undefined ? {} : { macKey }),
  };
}

function paceOf({ asAnswered, skew, speed: times = 1 }: Options): Pace {
  return asAnswered ? { kind: 'as-answered', skewMs: skew } : { kind: 'paced', speed: times };
}

/** By how much of the file was read. */
function progress(file: string, bar: ReturnType<typeof progressBar>): (offset: number) => void {
  if (file === '-') return () => {};
  const total = Math.ceil(statSync(file).size / 1024);
  let nextMs = 0;
  return (offset) => {
    const now = performance.now();
    if (now < nextMs) return;
    nextMs = now + PROGRESS_MS;
    bar.update(Math.min(total, Math.ceil(offset / 1024)), total);
  };
}

function list(text: string): string[] {
  return text.split(',').map((one) => one.trim());
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function renewable(text: string): readonly Renewable[] {
  if (text === 'none') return [];
  return list(text).map((one) => {
    const known = RENEWABLE.find((name) => name === one);
    if (known === undefined)
      throw new InvalidArgumentError(`It must be of ${RENEWABLE.join(', ')}, or none.`);
    return known;
  });
}

function speed(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value <= 0 || value > SPEED_MAX)
    throw new InvalidArgumentError(`It must be a number above 0, at most ${SPEED_MAX}.`);
  return value;
}
