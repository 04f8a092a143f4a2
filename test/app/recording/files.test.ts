/** Files of a recording: their names, their number, their ends; and what a configuration may ask for. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { RecordingFiles } from '../../../src/app/recording/files.js';
import { systemRandom } from '../../../src/base/random.js';
import { makeSealingKey, Unsealer } from '../../../src/capture/sealed.js';
import { recordSchema } from '../../../src/transport/index.js';
import { scratch } from '../../support/process.js';

/** 2026-11-26T05:00:00.5Z */
const AT_US = 1_795_669_200_500_000;

t.test('files are named by link, time and number; the oldest of this link alone go', async (t) => {
  const folder = scratch(t);
  const others = [
    'shop-20261126T040000-1.pcapng.sealed',
    'shop-20261126T045959-10.pcapng',
    'shop-20261126T045959-9.pcapng',
    'shop-20261126T050000-1.pcapng',
    'shop-2-20200101T000000-1.pcapng',
    'shop-notes.txt',
  ];
  for (const name of others) writeFileSync(join(folder, name), name);
  const record = recordSchema.parse({ folder, filesMax: 3, freeBytesMin: 0 });
  const files = new RecordingFiles({ ...record, name: 'shop' }, systemRandom);
  t.notOk(files.open);
  files.begin(AT_US);
  t.ok(files.open);
  files.append(Buffer.from('block'));
  files.end();
  t.same(
    readdirSync(folder).sort(),
    [
      'shop-2-20200101T000000-1.pcapng',
      'shop-20261126T045959-10.pcapng',
      'shop-20261126T050000-1.pcapng',
      'shop-20261126T050000-2.pcapng',
      'shop-notes.txt',
    ],
    'number 1 of this second was taken: nothing is written over',
  );
  t.equal(readFileSync(join(folder, 'shop-20261126T050000-1.pcapng'), 'utf8'), others[3]);
  t.equal(readFileSync(join(folder, 'shop-20261126T050000-2.pcapng'), 'utf8'), 'block');
});

t.test('a file is full at its size, and a little later in the middle of a frame', async (t) => {
  const folder = scratch(t);
  const record = recordSchema.parse({ folder, rotateBytes: 65_536, freeBytesMin: 0 });
  const files = new RecordingFiles({ ...record, name: 'shop' }, systemRandom);
  files.begin(AT_US);
  files.append(Buffer.alloc(65_532));
  t.notOk(files.isFull(false), 'what waits to be written counts too');
  files.append(Buffer.alloc(4));
  t.ok(files.isFull(false));
  t.notOk(files.isFull(true));
  files.append(Buffer.alloc(65_536));
  t.ok(files.isFull(true));
  files.end();
});

t.test('an encrypted file that was ended says so; each has a key of its own', async (t) => {
  const folder = scratch(t);
  const { privateKey, publicKey } = makeSealingKey(systemRandom);
  const record = recordSchema.parse({ folder, contents: 'encrypted', for: publicKey.toString('hex') });
  const files = new RecordingFiles({ ...record, freeBytesMin: 0, name: 'shop' }, systemRandom);
  for (const time of [AT_US, AT_US + 1_000_000]) {
    files.begin(time);
    for (const block of ['one', 'two', 'three']) {
      files.append(Buffer.from(block));
      if (block === 'two') files.flush();
    }
    files.end();
  }
  const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = readdirSync(folder).map((name) =>
    readFileSync(join(folder, name)),
  );
  for (const file of [first, second]) {
    const unsealer = new Unsealer(privateKey);
    t.equal(unsealer.push(file).toString(), 'onetwothree');
    t.ok(unsealer.ended);
  }
  t.notSame(first.subarray(0, 41), second.subarray(0, 41));
});

t.test('a folder that is gone, or a file that cannot be made, is a fault in one safe line', async (t) => {
  const folder = join(scratch(t), 'gone');
  const record = recordSchema.parse({ folder });
  t.throws(() => new RecordingFiles({ ...record, name: 'shop' }, systemRandom).begin(AT_US), /ENOENT/);
  mkdirSync(join(folder, 'shop-20261126T050000-1.pcapng'), { recursive: true });
  const files = new RecordingFiles({ ...record, filesMax: 1, name: 'shop' }, systemRandom);
  t.throws(() => files.begin(AT_US), /an old recording could not be deleted/);
});

t.test('a configuration says whom an encrypted recording is for, and a masked one does not', async (t) => {
  const key = 'ab'.repeat(32);
  t.ok(recordSchema.safeParse({ folder: 'x', contents: 'encrypted', for: key }).success);
  for (const wrong of [
    { folder: 'x', contents: 'encrypted' },
    { folder: 'x', for: key },
    { folder: 'x', contents: 'encrypted', for: '00'.repeat(32) },
    { folder: 'x', contents: 'encrypted', for: 'ab' },
    { folder: 'x', contents: 'clear' },
    { folder: '' },
    { folder: 'x', rotateBytes: 1 },
  ])
    t.notOk(recordSchema.safeParse(wrong).success, JSON.stringify(wrong));
});

t.test('a recording whose folder went before anything was written is given up quietly', async (t) => {
  const folder = scratch(t);
  const record = recordSchema.parse({ folder, freeBytesMin: 0 });
  const files = new RecordingFiles({ ...record, name: 'shop' }, systemRandom);
  files.begin(AT_US);
  files.append(Buffer.from('block'));
  rmSync(folder, { recursive: true });
  t.doesNotThrow(() => files.abandon());
  t.notOk(files.open);
});
