/**
 * The program's log: pino, JSON lines on standard output; pretty where a person looks at a terminal. Written beside
 * the event loop: a reader of the log that is slow or stuck holds up no sale. What it leaves unread beyond
 * `LOG_BYTES_MAX` is dropped, and the log says how much once there is room. At exit the rest is written out.
 */
import { type Logger, pino } from 'pino';

/** Bytes of lines that wait to be written. */
const LOG_BYTES_MAX = 4_194_304;
const STANDARD_OUTPUT = 1;

export function createLogger(pretty: boolean): Logger {
  const base = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (pretty) {
    return pino({
      ...base,
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' } },
    });
  }
  const output = pino.destination({ dest: STANDARD_OUTPUT, sync: false, maxLength: LOG_BYTES_MAX });
  const log = pino({ ...base, formatters: { level: (level) => ({ level }) } }, output);
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
