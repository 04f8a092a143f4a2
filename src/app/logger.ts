/** The program's log: pino, JSON lines on standard output; pretty where a person looks at a terminal. */
import { type Logger, pino } from 'pino';

export function createLogger(pretty: boolean): Logger {
  const base = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (!pretty) return pino({ ...base, formatters: { level: (level) => ({ level }) } });
  return pino({
    ...base,
    transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l' } },
  });
}
