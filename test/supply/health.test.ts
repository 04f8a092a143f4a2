import t from 'tap';
import type { Clock } from '../../src/base/clock.js';
import { Health } from '../../src/supply/health.js';

function healthAt(start: number): { health: Health; at: (now: number) => void } {
  let now = start;
  const clock: Clock = { now: () => now, after: () => () => {}, soon: () => {} };
  const at = (time: number): void => {
    now = time;
  };
  return { health: new Health(clock, { faultsMax: 3, restMs: 500, slowMs: 200 }), at };
}

/** An order that ends when it is told to. */
function order(): { task: () => Promise<string>; end: () => void } {
  let end = (): void => {};
  const ended = new Promise<string>((resolve) => {
    end = () => resolve('done');
  });
  return { task: () => ended, end };
}

t.test('rests after so many faults in a row, and again at once when the rest did not help', async (t) => {
  const { health, at } = healthAt(1_000);
  t.notOk(health.fault());
  t.notOk(health.fault());
  t.ok(health.ready());
  t.ok(health.fault());
  t.notOk(health.ready());
  at(1_499);
  t.notOk(health.ready());
  at(1_500);
  t.ok(health.ready());
  t.ok(health.fault(), 'one more fault is enough');
  t.notOk(health.ready());
  health.good();
  t.ok(health.ready(), 'an answer that came late ends the rest');
  t.notOk(health.fault(), 'and the count begins anew');
});

t.test('a good answer between faults begins the count anew', async (t) => {
  const { health } = healthAt(0);
  for (let n = 0; n < 10; n += 1) {
    t.notOk(health.fault());
    t.notOk(health.fault());
    health.good();
  }
  t.ok(health.ready());
});

t.test('an answer is slow behind the threshold, not on it', async (t) => {
  const { health, at } = healthAt(1_000);
  at(1_200);
  t.notOk(health.isSlow(1_000));
  at(1_201);
  t.ok(health.isSlow(1_000));
});

t.test('while it rests, no order is performed', async (t) => {
  const { health } = healthAt(1_000);
  for (let n = 0; n < 3; n += 1) health.fault();
  let asked = 0;
  const result = await health.guard(async () => `asked ${++asked}`, 'nothing done');
  t.equal(result, 'nothing done');
  t.equal(asked, 0);
});

t.test('half open, one order at a time is a probe; the others are turned away', async (t) => {
  const { health, at } = healthAt(1_000);
  for (let n = 0; n < 3; n += 1) health.fault();
  at(1_500);
  t.ok(health.ready());
  const probe = order();
  const first = health.guard(probe.task, 'nothing done');
  t.notOk(health.ready(), 'nobody else is sent there');
  t.equal(await health.guard(async () => 'second', 'nothing done'), 'nothing done', 'nor gets through');
  health.good();
  t.ok(health.ready(), 'back to full on success, though the probe has not ended yet');
  t.equal(await health.guard(async () => 'third', 'nothing done'), 'third');
  probe.end();
  t.equal(await first, 'done');
});

t.test('a probe that fails begins another rest; one that told nothing lets the next one probe', async (t) => {
  const { health, at } = healthAt(1_000);
  for (let n = 0; n < 3; n += 1) health.fault();
  at(1_500);
  await health.guard(async () => health.fault(), false);
  t.notOk(health.ready());
  at(1_999);
  t.notOk(health.ready());
  at(2_000);
  t.ok(health.ready());
  await t.rejects(
    health.guard(() => Promise.reject(new Error('told nothing')), undefined),
    /told nothing/,
  );
  t.ok(health.ready(), 'the probe is over, whatever ended it');
});

t.test('while it is up, any number of orders are performed at once', async (t) => {
  const { health } = healthAt(0);
  const orders = Array.from({ length: 5 }, order);
  const results = orders.map(({ task }) => health.guard(task, 'nothing done'));
  t.ok(health.ready());
  for (const { end } of orders) end();
  t.same(await Promise.all(results), Array(5).fill('done'));
});
