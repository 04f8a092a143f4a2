/**
 * A peer for the terminal and load commands: listens on loopback, cuts frames by their 2-byte length, and answers
 * with bytes that the tests' own builder made. Sells each key one PIN, the same one to a repeat.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { buildIso, buildTlv, type IsoMessage, parseIso } from '../support/iso.js';

/** The answer's bytes; undefined for silence. */
export type Handler = (frame: Buffer, socket: Socket) => Buffer | undefined;

export interface TestPeer {
  readonly port: number;
  readonly to: string;
  readonly requests: Buffer[];
  /** Breaks every connection. */
  cut(): void;
}

export async function startPeer(
  t: { teardown(task: () => unknown): void },
  handle: Handler,
): Promise<TestPeer> {
  const requests: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    let rest: Buffer = Buffer.alloc(0);
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const frame = rest.subarray(2, 2 + rest.readUInt16BE(0));
        rest = rest.subarray(2 + frame.length);
        requests.push(Buffer.from(frame));
        const answer = handle(frame, socket);
        if (answer) socket.write(framed(answer));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  t.teardown(() => {
    cut();
    return new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return { port, to: `127.0.0.1:${port}`, requests, cut };
}

export function framed(body: Buffer): Buffer {
  const header = Buffer.alloc(2);
  header.writeUInt16BE(body.length);
  return Buffer.concat([header, body]);
}

const ECHOED = [3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 70, 90, 102];

/** A host of the default profile: approves, PINs counted from 10000000000001. */
export function approving(): Handler {
  const sold = new Map<string, string>();
  let last = 10_000_000_000_000;
  return (frame) => {
    const request = parseIso(frame);
    const key = [11, 12, 13, 37, 41].map((de) => request.fields[de]).join('|');
    const pin = sold.get(key) ?? String(++last);
    sold.set(key, pin);
    if (request.fields[3] !== '280000' || request.mti.startsWith('04')) return answer(request, '00');
    return answer(request, '00', {
      38: 'AB12CD',
      63: buildTlv([
        ['PN', pin],
        ['SN', `S${pin}`],
        ['EX', '20301231'],
      ]),
    });
  };
}

export function answer(request: IsoMessage, code: string, more: Record<number, string> = {}): Buffer {
  const fields: Record<number, string> = { ...more, 39: code };
  for (const de of ECHOED) {
    const value = request.fields[de];
    if (value !== undefined) fields[de] = value;
  }
  const mti = `${request.mti.slice(0, 2)}${Number(request.mti[2]) + 1}0`;
  return buildIso(mti, fields);
}
