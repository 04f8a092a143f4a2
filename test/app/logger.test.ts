/** The log's list of what is allowed. */
import t from 'tap';
import { allowed } from '../../src/app/logger.js';
import type { Log } from '../../src/base/log.js';

t.test('only what is listed is written, at no depth anything else', async (t) => {
  t.strictSame(allowed({ link: 'a', connection: 4, ports: { a: 1 }, error: 'x'.repeat(2_000) }), {
    link: 'a',
    connection: 4,
    ports: { a: 1 },
    error: 'x'.repeat(1_000),
  });
  const secret = '4000001234567899';
  for (const fields of [
    { pan: secret },
    { err: new Error(secret) },
    { link: { deeper: { pan: secret } } },
    { error: new Error(secret) },
    { file: Buffer.from(secret) },
    { file: [[secret]] },
    { message: secret, fields: [secret] },
  ])
    t.notMatch(JSON.stringify(allowed(fields)), secret);
  t.strictSame(allowed({ link: 'a', pan: secret }), { link: 'a', unlisted: ['pan'] });
});

t.test('what is not listed does not compile', async (t) => {
  const lines: unknown[] = [];
  const write = (fields: unknown): void => void lines.push(fields);
  const log: Log = { info: write, warn: write, error: write };
  // @ts-expect-error: no member of that name may be logged.
  log.info({ pan: 'x' }, 'a line');
  // @ts-expect-error: nor anything that is no number or word.
  log.info({ error: new Error('x') }, 'a line');
  log.info({ error: 'x' }, 'a line');
  t.equal(lines.length, 3);
});
