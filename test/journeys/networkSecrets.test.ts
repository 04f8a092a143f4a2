/**
 * Nothing secret leaves a network but where it belongs: PINs only in the answers to terminals, keys and tokens nowhere.
 * A hub orders from a vendor, gives to two switches, fetches a PIN inside a sale; then every log, metric, output and
 * database, and every byte between a switch and the hub, is searched for them.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemRandom } from '../../src/base/random.js';
import { openSecrets } from '../../src/hub/client/secrets.js';
import { loadKeyring } from '../../src/stock/keyring.js';
import { openVault } from '../../src/stock/vault.js';
import { agrees, TestHub, TestMember, until } from '../support/network.js';
import { run, scratch } from '../support/process.js';
import { startVendor } from '../support/vendor.js';

const VENDOR_TOKEN = 'vendor-token-51f0c7';
const PINS = 4;

/** Bytes on the wire between a switch and the hub, both ways. */
async function wire(t: Test, port: number): Promise<{ readonly url: string; readonly seen: Buffer[] }> {
  const seen: Buffer[] = [];
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const one of [from, to]) {
      const other = one === from ? to : from;
      one.on('data', (bytes: Buffer) => seen.push(bytes));
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
      one.pipe(other);
    }
    t.teardown(() => from.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`, seen };
}

async function vaultOf(node: TestHub | TestMember) {
  return openVault(await node.books(), loadKeyring(join(node.folder, 'keys.json'), {}), systemRandom);
}

/** The names of those secrets that stand in these bytes: as text, or as the bytes that a text of them encodes. */
function leaks(secrets: ReadonlyMap<string, string>, bytes: Buffer | string): string[] {
  const buffer = Buffer.from(bytes);
  return [...secrets].flatMap(([name, secret]) => {
    if (secret.length < 8) throw new Error(`${name}: nothing to look for`);
    const isKey = name.endsWith('key');
    return buffer.includes(secret) || (isKey && buffer.includes(Buffer.from(secret, 'base64'))) ? [name] : [];
  });
}

t.test('no PIN, code, token or key leaves a network but where it belongs', async (t) => {
  const vendor = await startVendor(t, '--token', VENDOR_TOKEN);
  const products = [{ code: 'TALK20', minQuantity: PINS, maxQuantity: PINS }];
  const hub = await TestHub.open(t, {
    policy: {
      limits: [
        { product: 'TALK10', ceiling: 0 },
        { product: 'TALK20', floor: 1, ceiling: 2 },
      ],
    },
    limits: { askLot: 1 },
    config: {
      acquisition: { lookMs: 50 },
      vendors: [{ name: 'acme', url: vendor.url, token: VENDOR_TOKEN, pollMs: 20, awayMs: 20, products }],
    },
  });
  await hub.takeIn({ TALK10: PINS });
  await hub.serve();
  const between = await wire(t, hub.port);
  const north = await TestMember.at(t, scratch(t), 'north');
  const south = await TestMember.join(t, hub, 'south');
  const enrolled = await run(['hub', 'switch', 'enrol', 'north', '--data', hub.folder]);
  const code = /--code (\S+)/.exec(enrolled.stdout)?.[1] ?? '';
  const joined = await run(['join', '--hub', between.url, '--code', '-', '--data', north.folder], {
    input: code,
  });
  t.equal(joined.code, 0);
  t.ok(
    leaks(new Map([['code', code]]), Buffer.concat(between.seen)).length,
    'the search finds what is there',
  );
  between.seen.length = 0;
  const members = [north, south];
  await Promise.all(members.map((member) => member.serve()));
  for (const member of members)
    await until('PINs of the vendor', async () => (await member.count('stock', 'TALK20')) > 0);

  const secrets = new Map([
    ['code', code],
    ['vendor token', VENDOR_TOKEN],
  ]);
  for (const product of ['TALK10', 'TALK20'])
    for (const member of members) {
      const { code: answer, pin } = await member.sell(product);
      t.equal(answer, '00', `${product} at ${member.name}`);
      secrets.set(`PIN ${product} of ${member.name}`, pin);
    }
  const folder = hub.folder;
  const batch = readFileSync(
    join(folder, readdirSync(folder).find((name) => name.startsWith('batch-')) ?? ''),
  );
  for (const row of batch.toString().trim().split('\n').slice(1)) {
    const [, pin = '', serial = ''] = row.split(',');
    secrets.set(`PIN of ${serial}`, pin);
  }
  const masters: string[] = [];
  for (const node of [hub, ...members]) {
    const file = JSON.parse(readFileSync(join(node.folder, 'keys.json'), 'utf8'));
    masters.push(...(Object.values(file.keys) as string[]), file.mark);
  }
  for (const [at, key] of masters.entries()) secrets.set(`${at}. master key`, key);
  for (const member of members) {
    const vault = await vaultOf(member);
    const { keys, token } = openSecrets(
      vault,
      (await (await member.books()).membership())?.secrets ?? new Uint8Array(),
    );
    secrets.set(`${member.name}'s private key`, keys.privateKey);
    secrets.set(`${member.name}'s token key`, token);
  }
  const sealed = Buffer.from((await (await hub.books()).setting('hub.key')) ?? '', 'base64');
  secrets.set("the hub's private key", (await vaultOf(hub)).openSecret(sealed));
  await agrees(hub, members);

  const outputs: [string, Buffer | string][] = [['joining', joined.stdout + joined.stderr]];
  const metrics = await fetch(`http://127.0.0.1:${hub.adminPort}/metrics`);
  outputs.push(['metrics of the hub', await metrics.text()]);
  const command = async (node: TestHub | TestMember, ...args: string[]): Promise<void> => {
    const { stdout, stderr } = await run([...args, '--data', node.folder, '--json']);
    t.ok(stdout, args.join(' '));
    outputs.push([args.join(' '), stdout + stderr]);
  };
  await Promise.all([
    command(hub, 'hub', 'switch', 'list'),
    command(hub, 'hub', 'orders', 'list'),
    command(hub, 'stock', 'audit'),
    command(north, 'network', 'status'),
    command(north, 'journal', 'list'),
  ]);
  for (const node of [hub, ...members]) {
    outputs.push([`log of ${node.folder}`, node.child?.output() ?? '']);
    await node.closeBooks();
    await node.kill();
    for (const name of readdirSync(node.folder).filter((one) => one.startsWith('switch.db')))
      outputs.push([`${name} of ${node.folder}`, readFileSync(join(node.folder, name))]);
  }
  for (const [what, output] of outputs) t.same(leaks(secrets, output), [], what);
  // Every call holds the switch's token: over the network, that is what TLS is for.
  secrets.delete("north's token key");
  t.ok(between.seen.length > 0);
  t.same(leaks(secrets, Buffer.concat(between.seen)), [], 'between switch and hub');
});
