import t from 'tap';
import { MAIN, run, spawnNode } from '../support/process.js';

const COMMANDS = [
  ['serve'],
  ['terminal'],
  ['terminal', 'sell'],
  ['terminal', 'credit'],
  ['terminal', 'reverse'],
  ['terminal', 'echo'],
  ['terminal', 'send'],
  ['decode'],
  ['journal', 'find'],
  ['journal', 'list'],
  ['journal', 'export'],
  ['journal', 'doubtful'],
  ['journal', 'resolve'],
  ['report', 'sales'],
  ['cutover'],
  ['settle'],
  ['report', 'stock'],
  ['report', 'commission'],
  ['check'],
  ['load'],
  ['simulate', 'supplier'],
];

t.test('every command has help, with 0', async (t) => {
  for (const command of COMMANDS) {
    const { code, stdout, stderr } = await run([...command, '--help']);
    t.equal(code, 0, command.join(' '));
    t.match(stdout, /Usage: prepaid-switch/);
    t.equal(stderr, '');
  }
});

t.test('an unknown command, or none, is 2', async (t) => {
  t.equal((await run(['nonesuch'])).code, 2);
  t.equal((await run([])).code, 2);
  t.match(await run(['--version']), { code: 0, stdout: /^\d+\.\d+\.\d+/ });
});

t.test('a reader that goes away is no crash', async (t) => {
  const child = spawnNode([MAIN, 'decode', '--help']);
  child.stdout.destroy();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise((resolve) => child.on('close', resolve));
  t.same({ code, stderr }, { code: 0, stderr: '' });
});
