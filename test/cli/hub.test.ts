/** The hub's commands as an operator runs them, beside a hub that serves. */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { stringify } from 'yaml';
import { systemRandom } from '../../src/base/random.js';
import { newKeyPair } from '../../src/hub/wire/keys.js';
import { commandLine } from '../support/commandLine.js';
import { freePort, MAIN, run, scratch, spawnNode } from '../support/process.js';

const KEY = newKeyPair(systemRandom).publicKey;

interface Running {
  readonly folder: string;
  readonly url: string;
  /** Sends the signal; resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  said(): string;
}

async function served(t: Test): Promise<Running> {
  const folder = scratch(t);
  const file = join(folder, 'hub.yaml');
  const port = await freePort();
  writeFileSync(file, stringify({ listen: { port }, admin: { port: 0 } }));
  const child = spawnNode([MAIN, 'hub', 'serve', '--config', file, '--data', folder]);
  t.teardown(() => child.kill('SIGKILL'));
  let said = '';
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('"ready"')) resolve();
    });
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.on('close', () => reject(new Error(said)));
  });
  const end = (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return ended;
  };
  return { folder, url: `http://127.0.0.1:${port}`, end, said: () => said };
}

function enrol(url: string, code: string, token: string): Promise<Response> {
  const tokenSha256 = createHash('sha256').update(token).digest('hex');
  return fetch(`${url}/v1/enrol`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, publicKey: KEY, tokenSha256 }),
  });
}

t.test('a switch is invited, enrols, is listed, and is retired, beside the running hub', async (t) => {
  const hub = await served(t);
  const data = ['--data', hub.folder];
  const invited = await run(['hub', 'switch', 'enrol', 'north', ...data]);
  const [, code = ''] = /--code (\S+)/.exec(invited.stdout) ?? [];
  t.match(code, /^([2-9A-HJ-NP-Z]{5}-){3}[2-9A-HJ-NP-Z]{5}$/);
  t.equal((await enrol(hub.url, 'WRONG-WRONG-WRONG-WRONG', 'a token of north')).status, 403);
  t.equal((await enrol(hub.url, code, 'a token of north')).status, 200);
  const listed = await commandLine(['hub', 'switch', 'list', '--json', ...data]);
  t.match(JSON.parse(listed.stdout), {
    behind: '',
    switches: [{ name: 'north', epoch: 1, state: 'active' }],
  });
  t.notMatch(listed.stdout, /publicKey|tokenSha256/);
  const again = await commandLine(['hub', 'switch', 'enrol', 'north', ...data]);
  t.match(again, { code: 1, stderr: /^prepaid-switch: north is enrolled: retire it first/ });
  const retire = ['hub', 'switch', 'retire', 'north', '--by', 'ann', '--why', 'disk lost', ...data];
  t.match(await run(retire), { code: 0, stdout: 'north is retired: 0 PINs quarantined\n' });
  t.match(await run(retire), { code: 1, stderr: /retired before/ });
  const table = await commandLine(['hub', 'switch', 'list', ...data]);
  t.match(table.stdout, /^switch +epoch +state .*\nnorth +1 +retired .* disk lost\n$/);
  const told = await fetch(`${hub.url}/v1/transfers?after=0`, {
    headers: { authorization: 'Bearer a-token-of-nobody' },
  });
  t.equal(told.status, 401);
  t.equal(await hub.end('SIGTERM'), 0);
  t.match(hub.said(), /"msg":"stopped"/);
  t.notOk(hub.said().includes(code));
});

t.test('what makes no sense is one line: usage 2, what is not so 1', async (t) => {
  const folder = scratch(t);
  const data = ['--data', folder];
  t.match(await commandLine(['hub']), { code: 2 });
  t.match(await commandLine(['hub', 'serve', ...data]), { code: 2, stderr: /hub serve: --config FILE/ });
  t.match(await commandLine(['hub', 'switch', 'list', ...data]), { code: 2, stderr: /no database/ });
  const file = join(folder, 'hub.yaml');
  writeFileSync(file, stringify({ listen: { port: 1 }, admin: { port: 0 }, policy: { reserveShare: 2 } }));
  t.match(await commandLine(['hub', 'serve', '--config', file, ...data]), {
    code: 2,
    stderr: /hub\.yaml: policy\.reserveShare: must be at most 0\.99\n$/,
  });
  const hub = await served(t);
  const there = ['--data', hub.folder];
  t.match(await commandLine(['hub', 'switch', 'enrol', 'North!', ...there]), {
    code: 2,
    stderr: /NAME: a-z, 0-9 and -/,
  });
  t.match(await commandLine(['hub', 'switch', 'enrol', 'a', '--certificate', 'x', ...there]), { code: 2 });
  t.match(await commandLine(['hub', 'switch', 'retire', 'west', '--by', 'a', '--why', 'b', ...there]), {
    code: 2,
  });
  t.match(await commandLine(['hub', 'recover', '--by', 'a', '--why', 'b', ...there]), {
    code: 1,
    stderr: /not old/,
  });
  const second = await commandLine(['hub', 'serve', '--config', join(hub.folder, 'hub.yaml'), ...there]);
  t.equal(second.code, 2, 'one process serves a folder');
});
