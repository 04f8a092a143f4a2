/** A real HAProxy with the configuration that is shipped, in front of two switches on loopback. */
import { spawn, spawnSync } from 'node:child_process';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/base/root.js';
import { childEnvironment, freePort, scratch } from './process.js';
import { eventually } from './supplier.js';

const CONFIGURATION = join(packageRoot(), 'specs/haproxy/haproxy.cfg');

/** For tap: why a test that needs HAProxy cannot run here. */
export const withoutHaproxy =
  spawnSync('haproxy', ['-v']).status === 0 ? false : 'haproxy is not installed: apt-get install haproxy';

/** Ports of one switch. */
export interface Behind {
  readonly terminals: number;
  readonly tls: number;
  readonly admin: number;
}

export interface Haproxy {
  /** Where terminals connect, in clear and over TLS. */
  readonly terminals: number;
  readonly tls: number;
  /** UP, DOWN, NOLB (no new connections): of switch a or b, as the health checks have it. */
  state(server: 'a' | 'b', backend?: 'terminals' | 'terminals-tls'): Promise<string>;
}

export async function startHaproxy(
  t: { teardown(task: () => unknown): void },
  a: Behind,
  b: Behind,
): Promise<Haproxy> {
  const folder = scratch(t);
  const [terminals, tls, api] = await Promise.all([freePort(), freePort(), freePort()]);
  const socket = join(folder, 'admin.sock');
  const group = spawnSync('id', ['-gn'], { encoding: 'utf8' }).stdout.trim();
  const local = (port: number): string => `127.0.0.1:${port}`;
  const child = spawn('haproxy', ['-db', '-f', CONFIGURATION], {
    env: {
      ...childEnvironment(),
      HAPROXY_USER: userInfo().username,
      HAPROXY_GROUP: group,
      HAPROXY_LOG: 'stdout',
      HAPROXY_SOCKET: socket,
      HAPROXY_MAXCONN: '1000',
      TERMINALS: local(terminals),
      TERMINALS_TLS: local(tls),
      API: local(api),
      SWITCH_A_TERMINALS: local(a.terminals),
      SWITCH_A_TLS: local(a.tls),
      SWITCH_A_ADMIN: String(a.admin),
      SWITCH_B_TERMINALS: local(b.terminals),
      SWITCH_B_TLS: local(b.tls),
      SWITCH_B_ADMIN: String(b.admin),
    },
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise((resolve) => child.once('exit', resolve));
  t.teardown(() => {
    child.kill('SIGKILL');
    return exited;
  });
  const haproxy: Haproxy = {
    terminals,
    tls,
    async state(server, backend = 'terminals') {
      const rows = (await asked(socket, 'show stat')).split('\n').map((row) => row.split(','));
      const [head = [], ...rest] = rows;
      const row = rest.find(([proxy, name]) => proxy === backend && name === server);
      return row?.[head.indexOf('status')] ?? '';
    },
  };
  const isUp = async (): Promise<boolean> => (await haproxy.state('a').catch(() => '')) !== '';
  if (!(await eventually(isUp, 5_000))) throw new Error(`haproxy did not start: ${output}`);
  return haproxy;
}

/** A command of its runtime API. */
function asked(path: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${command}\n`));
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('end', () => resolve(answer));
    socket.on('error', reject);
  });
}
