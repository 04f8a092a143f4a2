/** Abuse by what is sent, or not read: slow senders, slow readers, a flood, garbage. */
import type { Socket } from 'node:net';
import { Chance } from '../../../src/base/chance.js';
import { framed, identity, saleOf } from '../../../test/support/client.js';
import { buildIso, buildTlv } from '../../../test/support/iso.js';
import { kept, paced, Sockets, type Stop, type Tally } from './attack.js';
import { ADDRESSES, FLOOD_TERMINAL, type Plan, READER_TERMINALS } from './plan.js';

/** How fast a kind that has few connections ends them. */
const CLOSED_A_SECOND = 2_000;
const GARBAGE_BYTES_MAX = 400;

const sale = (terminal: string): Buffer =>
  framed(buildIso('0200', saleOf('TALK10', 1_000, { 41: terminal })));

/** What the provider of forty PINs sells: no answer is longer. */
const inquiry = (terminal: string): Buffer => {
  const entries = buildTlv([
    ['CQ', 'VAL'],
    ['PV', 'TALKCO'],
  ]);
  return framed(buildIso('0100', identity({ 3: '360000', 41: terminal, 48: entries })));
};

export function slowSenders(plan: Plan, tally: Tally): Stop {
  const sockets = new Sockets(plan.port, tally);
  const stop = kept(plan.slowSenders, (at) =>
    sockets.open(ADDRESSES['slow-senders'], (socket) => {
      const frame = sale('SLOW0001');
      if (at % 2 === 0) sockets.write(socket, frame.subarray(0, 1 + (at % 60)));
      else trickle(sockets, socket, frame, plan.slowSenderByteMs);
    }),
  );
  return () => {
    stop();
    return sockets.close(CLOSED_A_SECOND);
  };
}

/** A byte now and then, all but the last. */
function trickle(sockets: Sockets, socket: Socket, frame: Buffer, byteMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (at < frame.length - 1) sockets.write(socket, frame.subarray(at, at + 1));
    at += 1;
  }, byteMs);
  socket.once('close', () => clearInterval(timer));
}

export function slowReaders(plan: Plan, tally: Tally): Stop {
  const sockets = new Sockets(plan.port, tally);
  const deaf: Socket[] = [];
  const stopOpening = kept(plan.slowReaders, (at) => {
    const socket = sockets.open(ADDRESSES['slow-readers'](at), () => {}, true);
    deaf[at] = socket;
    return socket;
  });
  let asked = 0;
  const stopAsking = paced(plan.slowReaderRequests, () => {
    asked += 1;
    const socket = deaf[asked % plan.slowReaders];
    const terminal = READER_TERMINALS[asked % READER_TERMINALS.length] ?? '';
    if (socket && !socket.connecting) sockets.write(socket, inquiry(terminal));
  });
  return () => {
    stopAsking();
    stopOpening();
    return sockets.close(CLOSED_A_SECOND);
  };
}

export function flood(plan: Plan, tally: Tally): Stop {
  return stream(plan, tally, ADDRESSES.flood, plan.floodFrames, () => sale(FLOOD_TERMINAL));
}

export function garbage(plan: Plan, tally: Tally): Stop {
  const chance = new Chance(plan.seed);
  const bytes = (): Buffer =>
    Buffer.from(Array.from({ length: 1 + chance.pick(GARBAGE_BYTES_MAX) }, () => chance.pick(256)));
  const stopFrames = stream(plan, tally, ADDRESSES.garbage, plan.garbageFrames, () => framed(bytes()));
  const sockets = new Sockets(plan.port, tally);
  const stopBytes = paced(plan.garbageConnections, () => {
    sockets.open(ADDRESSES.garbage, (socket) => sockets.write(socket, bytes()));
  });
  return async () => {
    stopBytes();
    await Promise.all([stopFrames(), sockets.close(CLOSED_A_SECOND)]);
  };
}

/** Frames on one connection, so many a second. */
function stream(plan: Plan, tally: Tally, from: string, perSecond: number, frame: () => Buffer): Stop {
  const sockets = new Sockets(plan.port, tally);
  let current: Socket | undefined;
  const stopOpening = kept(1, () => {
    current = sockets.open(from, () => {});
    return current;
  });
  const stopSending = paced(perSecond, () => {
    if (current && !current.connecting) sockets.write(current, frame());
  });
  return () => {
    stopSending();
    stopOpening();
    return sockets.close(CLOSED_A_SECOND);
  };
}
