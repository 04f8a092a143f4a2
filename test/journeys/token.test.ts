/**
 * Master keys on a PKCS#11 token (SoftHSM's) under a real switch: made there, rotated there while it sells, moved there
 * from the file, and the token pulled out.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Client, saleOf } from '../support/client.js';
import { pinsOf } from '../support/iso.js';
import { batchFile, installation, run, scratch, startSwitch, type TestSwitch } from '../support/process.js';
import { SoftToken, withoutToken } from '../support/softhsm.js';

/** Between two sales: the stock outlasts a command. */
const PAUSE_MS = 10;

/** PINs sold, one after the other, until `until` is done. */
async function sell(
  t: Test,
  { ports }: TestSwitch,
  product: string,
  until?: Promise<unknown>,
): Promise<string[]> {
  const client = await Client.open(ports.ascii ?? 0);
  const sold: string[] = [];
  let isDone = until === undefined;
  void until?.then(() => (isDone = true));
  do {
    const answer = await client.ask('0200', saleOf(product, product === 'TALK10' ? 1000 : 2000));
    t.equal(answer?.fields[39], '00', `${product} is sold`);
    if (answer) sold.push(...pinsOf(answer));
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  } while (!isDone);
  await client.close();
  return sold;
}

async function done(t: Test, args: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await run([...args, '--json']);
  t.equal(code, 0, `${args.slice(0, 2).join(' ')} ${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** Names of the files that hold one of these, as base64 or as the bytes. */
function holding(folder: string, secrets: readonly string[]): string[] {
  return readdirSync(folder).filter((name) => {
    const file = join(folder, name);
    if (!statSync(file).isFile()) return false;
    const bytes = readFileSync(file);
    return secrets.some((one) => bytes.includes(one) || bytes.includes(Buffer.from(one, 'base64')));
  });
}

t.test('a switch whose keys are on a token', { skip: withoutToken }, async (t) => {
  const token = new SoftToken(t);

  t.test('it sells through a rotation and after a restart, and no key is in its folder', async (t) => {
    const folder = await installation(t);
    const at = ['--data', folder];
    t.strictSame(await done(t, ['keys', 'create', ...at, ...token.options]), { current: 'k1' });
    const running = await startSwitch(t, { folder, pins: { TALK10: 400 } });
    const rotation = done(t, ['keys', 'rotate', ...at]);
    const sold = await sell(t, running, 'TALK10', rotation);
    t.match(await rotation, { current: 'k2', rewrapped: 2 });
    await running.child.kill('SIGTERM');
    const restarted = await running.restart();
    sold.push(...(await sell(t, restarted, 'TALK10')));
    t.equal(new Set(sold).size, sold.length, 'each once');
    t.match((await running.json('keys', 'list')).keys, [
      { id: 'k1', place: 'token', current: false, dataKeys: 0 },
      { id: 'k2', place: 'token', current: true },
    ]);
    const { keys, mark } = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'));
    t.match([keys.k1, keys.k2], [{ label: /^prepaid-switch k1 / }, { label: /^prepaid-switch k2 / }]);
    t.equal(Buffer.from(mark.sealed, 'base64').length, 12 + 32 + 16, 'the mark stands there sealed');
    const { entries } = await running.json('audit', 'list', '--last', '100');
    const told = (entries as { action: string; said: unknown }[]).filter(({ said }) =>
      JSON.stringify(said).includes('"k2"'),
    );
    const uses = new Set(told.map(({ action }) => action));
    t.ok(uses.has('openKeys') && uses.has('rewrapKeyBatch'), 'the trail tells the uses of its keys');
    t.match(await running.json('stock', 'audit'), { ok: true, byCustody: { sold: sold.length } });
  });

  t.test('keys move there while it sells; with the token pulled out it sells on', async (t) => {
    const running = await startSwitch(t, { pins: { TALK10: 400 } });
    const { folder } = running;
    const at = ['--data', folder];
    const { keys, mark } = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8'));
    t.strictSame(holding(folder, [keys.k1, mark]), ['keys.json']);
    const moving = done(t, ['keys', 'rotate', ...at, ...token.options]);
    await sell(t, running, 'TALK10', moving);
    t.match(await moving, { current: 'k2', rewrapped: 2 });
    t.strictSame(holding(folder, [keys.k1, mark]), []);
    token.pull();
    await sell(t, running, 'TALK10');
    const batch = batchFile(folder, 'TALK20', 5);
    const intake = ['stock', 'intake', batch, ...at];
    t.match(await run(intake), { code: 2, stderr: /keys\.json: token\.label: no token has this label\n$/ });
    token.putBack();
    t.match(await done(t, intake), { taken: 5 });
    await sell(t, running, 'TALK20');
    await running.child.kill('SIGTERM');
    const restarted = await running.restart();
    await sell(t, restarted, 'TALK10');
    await sell(t, restarted, 'TALK20');
  });

  t.test('a wrong user PIN stops the start by one line, and is not shown', async (t) => {
    const folder = await installation(t);
    const options = [...token.options.slice(0, 4), '--pin-env', 'TOKEN_PIN'];
    const create = ['keys', 'create', '--data', folder, ...options];
    const wrong = { env: { TOKEN_PIN: '0815081508' } };
    const line = /^prepaid-switch: \S*keys\.json: token\.pin: the token refuses it \(CKR_PIN_INCORRECT\)$/m;
    t.match(await run(create, wrong), { code: 2, stdout: '', stderr: line });
    t.equal((await run(create, { env: { TOKEN_PIN: token.pin } })).code, 0);
    const serve = ['serve', '--demo', '--data', folder];
    const refused = await run(serve, wrong);
    t.equal(refused.code, 2);
    t.match(refused.stderr + refused.stdout, /token\.pin: the token refuses it \(CKR_PIN_INCORRECT\)/);
    t.notMatch(refused.stderr + refused.stdout, /0815081508/);
  });
});

t.test('a token is named whole, or not at all', async (t) => {
  const create = ['keys', 'create', '--data', scratch(t)];
  t.match(await run([...create, '--token', 'x']), { code: 2, stderr: /--token needs --module FILE/ });
  t.match(await run([...create, '--module', 'x']), { code: 2, stderr: /go with --token/ });
});
