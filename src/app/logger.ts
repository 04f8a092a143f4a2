/**
 * The program's log: pino, JSON lines on standard output; pretty where a person looks at a terminal. Written beside
 * the event loop: a reader of the log that is slow or stuck holds up no sale. What it leaves unread beyond
 * `LOG_BYTES_MAX` is dropped, and the log says how much once there is room. At exit the rest is written out.
 */
import { type Logger, pino } from 'pino';
import { LOGGED } from '../base/log.js';

/** Bytes of lines that wait to be written. */
const LOG_BYTES_MAX = 4_194_304;
const STANDARD_OUTPUT = 1;
const ALLOWED: ReadonlySet<string> = new Set(LOGGED);
/** Characters of one value. */
const TEXT_MAX = 1_000;

export function createLogger(pretty: boolean): Logger {
  const base = { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { log: allowed } };
  if (pretty) {
    return pino({
      ...base,
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' } },
    });
  }
  const output = pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: LOG_BYTES_MAX });
  const log = pino({ ...base, formatters: { ...base.formatters, level: (level) => ({ level }) } }, output);
  let dropped = 0;
  output.on('drop', () => {
    dropped += 1;
  });
  output.on('drain', () => {
    if (dropped === 0) return;
    const lines = dropped;
    dropped = 0;
    log.warn({ lines }, 'log lines dropped: nobody read them in time');
  });
  return log;
}

/** What is not on the list goes to nobody; that it was there is told by its name alone, which is ours. */
export function allowed(fields: object): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  const unlisted: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (ALLOWED.has(name)) shown[name] = typeof value === 'string' ? value.slice(0, TEXT_MAX) : flat(value);
    else unlisted.push(name);
  }
  return unlisted.length === 0 ? shown : { ...shown, unlisted };
}

/** Numbers, words, and lists and tables of them; of anything else only what it is. */
function flat(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const isPlain = (one: unknown): boolean => typeof one === 'string' || typeof one === 'number';
  return Object.values(value).every(isPlain) && !(value instanceof Uint8Array) ? value : '[object]';
}
