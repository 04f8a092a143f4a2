/**
 * A hub and its switches as real processes: what the hub brings is sold, what one lacks comes from another within the
 * sale, levels and catalogue follow: P5, P6, P7, P8, P9, P11, P12, P14, P16, P17, P18.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { reversalOf } from '../support/client.js';
import { commandLine } from '../support/commandLine.js';
import { parseTlv } from '../support/iso.js';
import { agrees, command, startNetwork, until } from '../support/network.js';
import { batchFile } from '../support/process.js';

/** From a change at the hub to its effect at a connected switch, milliseconds. */
const EFFECT_MS = 1_000;

t.test('a network of a hub and two switches', async (t) => {
  const { hub, members } = await startNetwork(t, ['north', 'south'], {
    pins: { TALK10: 24 },
    // Of TALK20 two lie at south, the rest stays at the hub, but for each one that is asked for.
    policy: {
      limits: [
        { product: 'TALK10', floor: 4, ceiling: 4 },
        { product: 'TALK20', ceiling: 0 },
        { switch: 'south', product: 'TALK20', floor: 2, ceiling: 2 },
      ],
    },
    limits: { askLot: 1 },
  });
  const [north, south] = members;
  if (!north || !south) return;

  await t.test('P5, P6, P8: what the hub brought is sold, one PIN a sale, and told to the hub', async (t) => {
    for (const member of members)
      await until('4 PINs at each', async () => (await member.count('stock', 'TALK10')) === 4);
    const sold = [await north.sell(), await north.sell(), await south.sell()];
    t.same(
      sold.map(({ code }) => code),
      ['00', '00', '00'],
    );
    t.equal(new Set(sold.map(({ pin }) => pin)).size, 3, 'three PINs, all different');
    await agrees(hub, members);
    t.equal(await hub.holding('north', 'sold'), 2);
    t.equal(await hub.holding('south', 'sold'), 1);
  });

  await t.test('P9: what was sold is made up for, and a level that is raised is followed', async (t) => {
    for (const member of members)
      await until('4 PINs again', async () => (await member.count('stock', 'TALK10')) === 4);
    t.equal(await hub.holding('', 'stock', 'TALK10'), 24 - 3 - 8);
  });

  await t.test('P18: the hub takes batches in, and a PIN that is known is refused there', async (t) => {
    const file = batchFile(hub.folder, 'TALK20', 3);
    const first = await command(hub.folder, 'stock', 'intake', file);
    t.match(first, { taken: 3, refused: 0 });
    const copy = join(hub.folder, 'copy.csv');
    writeFileSync(copy, `${readFileSync(file, 'utf8')}TALK20,5550001,X1,2099-12-31\n`);
    const second = await commandLine(['stock', 'intake', copy, '--data', hub.folder, '--json']);
    t.match(second.stdout, /"taken":1,"refused":3/);
    const there = await commandLine(['stock', 'intake', file, '--data', north.folder]);
    t.not(there.code, 0, 'a member takes none in by itself');
    t.match(there.stderr, /hub/);
  });

  await t.test('P7: a PIN that this switch lacks comes from the hub within the sale', async (t) => {
    t.equal(await north.count('stock', 'TALK20'), 0);
    const sold = await north.sell('TALK20');
    t.equal(sold.code, '00');
    t.not(sold.pin, '');
  });

  await t.test(
    'P7, P14: or from another switch, through the hub; where there is none, a decline',
    async (t) => {
      while ((await north.sell('TALK20')).code === '00');
      const returned = await south.count('returned', 'TALK20');
      await hub.takeIn({ TALK20: 2 });
      await until('they lie at south', async () => (await south.count('stock', 'TALK20')) === 2);
      // The hub asks back what it knows to have arrived; what is on its way there comes to no sale yet.
      await agrees(hub, members);
      for (let n = 0; n < 2; n++) t.equal((await north.sell('TALK20')).code, '00', 'in the same sale');
      t.equal((await north.sell('TALK20')).code, '84', 'none anywhere');
      t.equal(await south.count('returned', 'TALK20'), returned + 2);
      await agrees(hub, members);
    },
  );

  await t.test('P17: a reversed PIN is quarantined, and the hub knows it until it is decided', async (t) => {
    const sold = await south.sell();
    const answer = await south.ask('0420', reversalOf(sold.request));
    t.equal(answer?.fields[39], '00');
    await until('quarantined at the hub', async () => (await hub.holding('south', 'quarantined')) === 1);
    const [pin] = await (await south.books()).quarantined(10);
    await command(
      south.folder,
      'stock',
      'quarantine',
      'release',
      String(pin?.id),
      '--by',
      'ann',
      '--why',
      'unused',
    );
    await until(
      'for sale again by its decision',
      async () => (await hub.holding('south', 'quarantined')) === 0,
    );
    await agrees(hub, members);
  });

  await t.test('P11, P12: catalogue, receipt and terminals are changed at the hub alone', async (t) => {
    const refused = await commandLine([
      'catalogue',
      'set',
      'products.TALK10.name=Mine',
      '--data',
      north.folder,
      '--by',
      'ann',
    ]);
    t.not(refused.code, 0, 'not at a switch');
    const receiptOf = async (): Promise<string> => {
      const { answer } = await north.sell();
      return parseTlv(answer?.fields[63] ?? '')
        .filter(([tag]) => tag === 'RL')
        .map(([, text]) => text)
        .join('|');
    };
    t.match(await receiptOf(), /^Talk 10\|Serial/);
    const lines = JSON.stringify(['{product} anew', '{serial}']);
    await command(hub.folder, 'catalogue', 'set', `products.TALK10.receipt=${lines}`, '--by', 'ann');
    const began = Date.now();
    await until('the new receipt', async () => /^Talk 10 anew/.test(await receiptOf()));
    t.ok(Date.now() - began < EFFECT_MS, `after ${Date.now() - began} ms`);
    await command(hub.folder, 'catalogue', 'set', 'terminals.DEMO0001.enabled=false', '--by', 'ann');
    await until('the terminal is disabled', async () => (await north.sell()).code === '58');
    await command(hub.folder, 'catalogue', 'set', 'terminals.DEMO0001.enabled=true', '--by', 'ann');
    await until('and enabled', async () => (await north.sell()).code === '00');
  });

  await t.test('P16: switches sell on while the hub is away, and it catches up', async (t) => {
    await until('stock', async () => (await south.count('stock', 'TALK10')) >= 4);
    await hub.kill();
    const sold = [await south.sell(), await south.sell()];
    t.same(
      sold.map(({ code }) => code),
      ['00', '00'],
    );
    await south.restart();
    t.equal((await south.sell()).code, '00', 'also after a start while the hub is away');
    const before = await hub.holding('south', 'sold');
    await hub.serve();
    await until('the hub knows', async () => (await hub.holding('south', 'sold')) === before + 3);
    await agrees(hub, members);
  });

  await t.test(
    'P15: what has expired is neither sold nor sent; what expires soon goes where it sells',
    async (t) => {
      const soon = new Date(Date.now() + 86_400_000 * 3).toISOString().slice(0, 10);
      const day = soon.replaceAll('-', '');
      await hub.takeIn({ TALK20: 3 }, soon);
      const one = {
        switchId: await hub.switchId('north'),
        product: 'TALK20',
        count: 1,
        ask: '',
        at: Date.now(),
      };
      const none = await (await hub.books()).allocate({ ...one, notBefore: '20990101' });
      t.match(none, { kind: 'nothing' }, 'not sent once it has expired');
      await until('sold where it sells', async () => {
        const { code, answer } = await north.sell('TALK20');
        if (code !== '00') return false;
        t.equal(parseTlv(answer?.fields[63] ?? '').find(([tag]) => tag === 'EX')?.[1], day);
        return true;
      });
      await agrees(hub, members);
    },
  );
});
