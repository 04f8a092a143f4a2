/** A worker thread as a channel's far side. */
import { Worker } from 'node:worker_threads';
import type { FarSide } from './channel.js';
import type { Flat, Notice } from './flat.js';

/** `start`: what its program begins with. */
export function workerThread(program: URL, start: object): FarSide {
  const worker = new Worker(program, { execArgv: [], workerData: start });
  return {
    post: (message) => worker.postMessage(message),
    listen(message, ended) {
      worker.on('message', (one: Flat | Notice) => message(one));
      worker.on('error', () => ended('worker failed'));
      worker.on('exit', () => ended('worker ended'));
    },
    terminate: () => worker.terminate(),
  };
}
