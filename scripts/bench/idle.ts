/** Bench (c): resident memory of the switch with 10,000 idle connections, in MiB, before and after. */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { startBenchSwitch } from './servers.js';

const CONNECTIONS = 10_000;
const OPENING_AT_ONCE = 200;

function residentMiB(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

function open(port: number, host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', localAddress: host }, () => resolve(socket));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'EMFILE' ? new Error('too many open files: ulimit -n 11000 first') : error),
    );
  });
}

export async function benchIdle(): Promise<Record<string, number>> {
  const running = await startBenchSwitch(0);
  const before = residentMiB(running.pid);
  const sockets: Socket[] = [];
  while (sockets.length < CONNECTIONS) {
    const batch = Array.from({ length: OPENING_AT_ONCE }, () => open(running.port, '127.0.0.1'));
    sockets.push(...(await Promise.all(batch)));
  }
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const after = residentMiB(running.pid);
  for (const socket of sockets) socket.destroy();
  await running.stop();
  process.stdout.write(
    `resident memory: ${before.toFixed(0)} MiB at start, ${after.toFixed(0)} MiB with ${CONNECTIONS} idle connections\n`,
  );
  return { 'idle.beforeMiB': before, 'idle.withConnectionsMiB': after, 'idle.connections': CONNECTIONS };
}
