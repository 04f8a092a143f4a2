/** Abuse by connections alone: thousands that say nothing, and hundreds a second that come and go. */
import type { Socket } from 'node:net';
import { paced, Sockets, type Stop, type Tally } from './attack.js';
import { ADDRESSES, type Plan } from './plan.js';

export function idle(plan: Plan, tally: Tally): Stop {
  const sockets = new Sockets(plan.port, tally);
  let opened = 0;
  const stop = paced(plan.idlePace, () => {
    if (opened >= plan.idle + plan.idleRefused) return;
    // Those too many come from the first address, which is full.
    sockets.open(ADDRESSES.idle(opened % plan.idle), () => {});
    opened += 1;
  });
  return () => {
    stop();
    return sockets.close(plan.idlePace);
  };
}

/** A header that announces more than comes. */
const BEGUN_FRAME = Buffer.from([0, 200, 0x30]);

export function churn(plan: Plan, tally: Tally): Stop {
  const sockets = new Sockets(plan.port, tally);
  const ways: readonly ((socket: Socket) => void)[] = [
    (socket) => socket.resetAndDestroy(),
    (socket) => socket.end(),
    (socket) => {
      sockets.write(socket, BEGUN_FRAME);
      socket.end();
    },
  ];
  let opened = 0;
  const stop = paced(plan.churnConnections, () => {
    opened += 1;
    const way = ways[opened % ways.length];
    sockets.open(ADDRESSES.churn, (socket) => way?.(socket));
  });
  return () => {
    stop();
    return sockets.close(plan.churnConnections);
  };
}
