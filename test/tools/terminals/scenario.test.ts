import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { stringify } from 'yaml';
import { loadScenario } from '../../../src/tools/terminals/scenario.js';
import { scratch } from '../../support/process.js';

const folder = scratch(t);
const SMALL = {
  name: 'small',
  seconds: 1,
  arrivals: { perSecond: 1 },
  shops: [{ merchant: 'SHOP', terminals: ['SHOP0001'], tills: 2 }],
  mix: [{ service: 'echo' }],
};

function fileOf(document: unknown): string {
  const file = join(folder, 'scenario.yaml');
  writeFileSync(file, typeof document === 'string' ? document : stringify(document));
  return file;
}

t.test('what a scenario leaves out has defaults', async (t) => {
  t.match(loadScenario(fileOf(SMALL)), {
    currency: '840',
    answerMs: 15_000,
    connection: 'kept',
    repeats: 0,
    reversals: 0,
    unanswered: { repeats: 3, waitMs: [500, 1_500], atLast: 'reverse' },
    arrivals: { shape: [[0, 1]] },
    mix: [{ service: 'echo', share: 1 }],
  });
});

t.test('a run changes what it names, in every shop', async (t) => {
  const changes = {
    seconds: 5,
    perSecond: 9,
    tills: 3,
    terminals: ['A', 'B'],
    merchant: 'OTHER',
    acquirer: '7',
  };
  t.match(loadScenario(fileOf(SMALL), changes), {
    seconds: 5,
    arrivals: { perSecond: 9, shape: [[0, 1]] },
    shops: [{ merchant: 'OTHER', acquirer: '7', terminals: ['A', 'B'], tills: 3 }],
  });
});

t.test('a fault is one line: file, path, what is allowed', async (t) => {
  const faults: readonly (readonly [unknown, RegExp])[] = [
    [
      { ...SMALL, arrivals: { perSecond: 0 } },
      /scenario\.yaml: arrivals\.perSecond: must be at least 0\.001$/,
    ],
    [{ ...SMALL, mix: [] }, /: mix: must be at least 1 items long$/],
    [{ ...SMALL, mix: [{ service: 'echo', share: 0 }] }, /: mix: one with a share above 0$/],
    [{ ...SMALL, mix: [{ service: 'tea' }] }, /: mix\.0\.service: /],
    [{ ...SMALL, shops: [{ ...SMALL.shops[0], tills: 9_999 }] }, /: shops\.0\.tills: must be at most 2000$/],
    [{ ...SMALL, repeats: 2 }, /: repeats: must be at most 1$/],
    [{ ...SMALL, bad: { fun: 1 } }, /: bad\.fun: unknown name; must be one of 'malformed'/],
    [{ ...SMALL, thinkMs: [5, 1] }, /: thinkMs: /],
    [{ ...SMALL, colour: 'red' }, /: colour: unknown name/],
    [
      {
        ...SMALL,
        arrivals: {
          perSecond: 1,
          shape: [
            [0.5, 1],
            [0.5, 2],
          ],
        },
      },
      /: arrivals\.shape: times that ascend$/,
    ],
    [
      { ...SMALL, mix: [{ service: 'account-inquiry', accounts: ['+555'] }] },
      /: mix\.0\.accounts\.0: must be digits, and # for a random one/,
    ],
    ['name: [', /scenario\.yaml: not YAML in line 1$/],
  ];
  for (const [document, fault] of faults) {
    t.throws(() => loadScenario(fileOf(document)), { message: fault }, String(fault));
  }
  t.throws(() => loadScenario('high-street'), {
    message: 'high-street: no such scenario; must be a file or one of bad-line, saturday-peak, shop-street',
  });
});
