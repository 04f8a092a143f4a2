import t from 'tap';
import type { Clock } from '../../src/base/clock.js';
import { LineLimit } from '../../src/base/lineLimit.js';
import type { Log } from '../../src/base/log.js';

type Line = [level: string, fields: Readonly<Record<string, unknown>>, message: string];

function recording(): { log: Log; lines: Line[]; clock: Clock; secondOver(): void } {
  const lines: Line[] = [];
  const tasks: (() => void)[] = [];
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message: string): void =>
      void lines.push([level, fields, message]);
  return {
    lines,
    log: { info: at('info'), warn: at('warn'), error: at('error') },
    clock: {
      now: () => 0,
      soon: () => {},
      after: (_, task) => {
        tasks.push(task);
        return () => {};
      },
    },
    secondOver: () => {
      for (const task of tasks.splice(0)) task();
    },
  };
}

t.test(
  'so many lines of a message a second are written, the rest is one line that counts them',
  async (t) => {
    const { log, lines, clock, secondOver } = recording();
    const limited = new LineLimit(log, clock, 2);
    for (let at = 1; at <= 5; at++) limited.warn({ count: at }, 'bad frame');
    limited.error({}, 'another message');
    t.same(lines, [
      ['warn', { count: 1 }, 'bad frame'],
      ['warn', { count: 2 }, 'bad frame'],
      ['error', {}, 'another message'],
    ]);
    secondOver();
    t.same(lines.slice(3), [['warn', { count: 5, more: 3 }, 'bad frame']]);
  },
);

t.test('a quiet log is left as it is, and the next second counts anew', async (t) => {
  const { log, lines, clock, secondOver } = recording();
  const limited = new LineLimit(log, clock, 1);
  for (let second = 0; second < 3; second++) {
    limited.info({ count: second }, 'one');
    secondOver();
  }
  t.same(
    lines,
    [0, 1, 2].map((second) => ['info', { count: second }, 'one']),
  );
});
