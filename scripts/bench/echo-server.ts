/**
 * The bare measure to hold sales against: a Node server of its own (node:net, no code of this project) that cuts
 * frames by their 2-byte big-endian length and writes them back, those that arrived together in one write.
 * Run: node dist/scripts/bench/echo-server.js [PORT]; prints "ready PORT".
 */
import { createServer, type Socket } from 'node:net';

const LENGTH_BYTES = 2;

function serve(socket: Socket): void {
  let rest: Buffer | undefined;
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const buffer = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    let end = 0;
    while (buffer.length - end >= LENGTH_BYTES) {
      const next = end + LENGTH_BYTES + buffer.readUInt16BE(end);
      if (next > buffer.length) break;
      end = next;
    }
    if (end > 0) socket.write(buffer.subarray(0, end));
    rest = end < buffer.length ? buffer.subarray(end) : undefined;
  });
}

const server = createServer(serve);
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', 4_096, () => {
  const address = server.address();
  process.stdout.write(`ready ${typeof address === 'object' && address ? address.port : ''}\n`);
});
