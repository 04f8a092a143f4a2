/**
 * What a network must not believe: a database put back or run twice, a transfer that is forged or comes again, a hub
 * whose books are old, a clock that is wrong, a switch that was given up. Each is met by a refusal that says why: P13.
 */
import { cpSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { commandLine } from '../support/commandLine.js';
import { agrees, command, NO_KEEPER, startNetwork, TestMember, until } from '../support/network.js';
import { scratch } from '../support/process.js';

const TODAY = '20260101';

async function stoppedWhy(member: TestMember): Promise<string> {
  return (await (await member.books()).membership())?.stopped ?? '';
}

/** The database as it is, with its keys, in a folder of its own; the process is not running. */
async function copied(t: Test, member: { folder: string; closeBooks(): Promise<void> }): Promise<string> {
  await member.closeBooks();
  const folder = scratch(t);
  cpSync(member.folder, folder, { recursive: true, filter: (from) => !from.endsWith('.lock') });
  return folder;
}

/** Between a switch and its hub: sees every byte, and may change an answer. */
async function proxy(
  t: Test,
  hub: () => number,
  change: (path: string, body: Buffer) => Buffer,
): Promise<{ readonly url: string; readonly seen: Buffer[] }> {
  const seen: Buffer[] = [];
  const server = createServer((from, to) => {
    const { method, headers, url = '' } = from;
    const on = request({ host: '127.0.0.1', port: hub(), path: url, method, headers }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => {
        const body = Buffer.concat(parts);
        seen.push(body);
        const changed = change(url, body);
        const { 'transfer-encoding': _, ...rest } = answer.headers;
        to.writeHead(answer.statusCode ?? 500, { ...rest, 'content-length': changed.length });
        to.end(changed);
      });
    });
    on.on('error', () => to.destroy());
    from.pipe(on);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, seen };
}

/** What is put back is a file. */
const COPIES = process.env.STORE === 'postgres' ? { skip: 'a database on a server is not copied so' } : {};

t.test('what a network must not believe', async (t) => {
  const { hub, members } = await startNetwork(t, ['north', 'south'], {
    pins: { TALK10: 60 },
    config: NO_KEEPER,
  });
  const [north, south] = members;
  if (!north || !south) return;
  await hub.give('north', 'TALK10', 6);
  await hub.give('south', 'TALK10', 4);
  await until('stock', async () => (await north.count('stock')) === 6 && (await south.count('stock')) === 4);

  await t.test(
    'a switch whose database was put back from an older copy is stopped before it sells',
    COPIES,
    async (t) => {
      await north.kill('SIGTERM');
      const old = await copied(t, north);
      await north.serve();
      t.equal((await north.sell()).code, '00');
      await agrees(hub, members);
      await north.kill();
      const restored = await TestMember.at(t, old, 'north');
      await restored.serve().catch(() => undefined);
      await until('it is stopped', async () => (await stoppedWhy(restored)) !== '');
      t.match(await stoppedWhy(restored), /stale/);
      const sold = await restored.sell().catch(() => undefined);
      t.not(sold?.code, '00');
      await restored.kill();
      // Retired and enrolled anew, what it had is set aside on both sides, and it goes on.
      await command(hub.folder, 'hub', 'switch', 'retire', 'north', '--by', 'ann', '--why', 'put back').catch(
        () => {},
      );
      await north.enrol(hub);
      await north.serve();
      t.equal(await north.count('stock'), 0);
      t.equal(await north.count('quarantined'), 5);
      await hub.give('north', 'TALK10', 3);
      await until('it is stocked again', async () => (await north.count('stock')) === 3);
      t.equal((await north.sell()).code, '00');
    },
  );

  await t.test(
    'two copies of one switch: the second is refused, and nothing is sold twice',
    COPIES,
    async (t) => {
      await south.kill('SIGTERM');
      const folder = await copied(t, south);
      await south.serve();
      const contacts = async () => (await (await south.books()).membership())?.contact ?? 0;
      const before = await contacts();
      await until('a contact that the copy knows nothing of', async () => (await contacts()) > before);
      const clone = await TestMember.at(t, folder, 'south');
      await clone.serve().catch(() => undefined);
      await until('the copy is stopped', async () => (await stoppedWhy(clone)) !== '');
      t.match(await stoppedWhy(clone), /stale|forked/);
      const twice = await clone.sell().catch(() => undefined);
      t.not(twice?.code, '00');
      await clone.kill();
    },
  );

  await t.test('a switch that was given up is told to stop before it sells', async (t) => {
    await north.kill();
    await command(hub.folder, 'hub', 'switch', 'retire', 'north', '--by', 'ann', '--why', 'burnt');
    t.equal(await hub.holding('north', 'away'), 0);
    await north.serve().catch(() => undefined);
    await until('it is stopped', async () => (await stoppedWhy(north)) !== '');
    t.match(await stoppedWhy(north), /retired/);
    const sold = await north.sell().catch(() => undefined);
    t.not(sold?.code, '00');
    const status = await commandLine(['network', 'status', '--data', north.folder]);
    t.equal(status.code, 1);
    t.match(status.stderr + status.stdout, /retired/);
    await north.kill();
  });
});

t.test('a proxy in between sees no PIN, and can neither forge a transfer nor send one again', async (t) => {
  const { hub } = await startNetwork(t, [], { pins: { TALK10: 30 }, config: NO_KEEPER });
  let first: Buffer | undefined;
  let forge: 'no' | 'flip' | 'replay' = 'no';
  const between = await proxy(
    t,
    () => hub.port,
    (path, body) => {
      if (!path.startsWith('/v1/transfers') || body.length === 0) return body;
      first ??= body;
      if (forge === 'replay') return first;
      if (forge === 'flip') body.writeUInt8(body.readUInt8(body.length - 40) ^ 1, body.length - 40);
      return body;
    },
  );
  const west = await TestMember.join(t, hub, 'west', { url: between.url });
  await west.serve();
  await hub.give('west', 'TALK10', 3);
  await until('3 PINs', async () => (await west.count('stock')) === 3);
  forge = 'flip';
  await hub.give('west', 'TALK10', 3);
  await until(
    'the forged one came',
    () => between.seen.length > 0 && /parcel|transfer/.test(west.child?.output() ?? ''),
  );
  t.equal(await west.count('stock'), 3, 'and was not taken');
  forge = 'replay';
  const seen = between.seen.length;
  await until('the first one came again', () => between.seen.length > seen + 2);
  t.equal(await west.count('stock'), 3);
  forge = 'no';
  await until('the true one is taken', async () => (await west.count('stock')) === 6);
  const sold = [await west.sell(), await west.sell()];
  for (const { pin } of sold) {
    t.not(pin, '');
    t.notOk(
      between.seen.some((body) => body.includes(pin)),
      'its code was never on the wire',
    );
  }
  await agrees(hub, [west]);
});

t.test(
  'a hub put back from a backup refuses to give, says why, and recovers by what its switches tell',
  COPIES,
  async (t) => {
    const { hub, members } = await startNetwork(t, ['north', 'south'], {
      pins: { TALK10: 40 },
      floors: { TALK10: 4 },
    });
    const [north, south] = members;
    if (!north || !south) return;
    for (const member of members) await until('stock', async () => (await member.count('stock')) === 4);
    await agrees(hub, members);
    await hub.kill('SIGTERM');
    const backup = await copied(t, hub);
    await hub.serve();
    for (let n = 0; n < 3; n++) t.equal((await north.sell()).code, '00');
    await until('made up for', async () => (await north.count('stock')) === 4);
    await agrees(hub, members);
    await hub.kill();
    await hub.closeBooks();
    cpSync(backup, hub.folder, { recursive: true, force: true });
    await hub.serve();
    await until('it knows that its books are old', async () => (await (await hub.books()).behind()) !== '');
    const refused = await (await hub.books()).allocate({
      ...{
        switchId: await hub.switchId('south'),
        product: 'TALK10',
        count: 1,
        notBefore: TODAY,
        ask: '',
        at: Date.now(),
      },
    });
    t.match(refused, { kind: 'refused', why: 'hub-behind' });
    t.match(await command(hub.folder, 'hub', 'switch', 'list'), { behind: /north|south/ });
    t.equal((await south.sell()).code, '00', 'switches sell on');
    await until('all have told what they hold', async () => {
      const recovered = await commandLine([
        'hub',
        'recover',
        '--by',
        'ann',
        '--why',
        'put back',
        '--data',
        hub.folder,
        '--json',
      ]);
      return recovered.code === 0;
    });
    await agrees(hub, members);
    await until('and it goes on giving', async () => (await south.count('stock')) === 4);
    await agrees(hub, members);
  },
);

t.test('a switch whose clock is an hour off is refused, and says so', async (t) => {
  const { hub } = await startNetwork(t, [], { pins: { TALK10: 5 }, floors: { TALK10: 2 } });
  const late = await TestMember.join(t, hub, 'late');
  // The same program, an hour on.
  const shift = join(late.folder, 'shift.mjs');
  writeFileSync(shift, 'const now = Date.now; Date.now = () => now() + 3600000;\n');
  await late.serveWith(shift);
  await until('it says why', () => /clock/.test(late.child?.output() ?? ''));
  t.equal(await late.count('stock'), 0);
  await late.kill();
  await late.serve();
  await until('with the right time it is stocked', async () => (await late.count('stock')) === 2);
});
