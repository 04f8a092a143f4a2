/** What both threads of a store share: how they begin, what they are told, how they end. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { StoreRefused } from '../errors.js';
import type { Flat, Notice } from './crossing/flat.js';
import type { Engine } from './engine.js';

/** `checkpoint`: to the reader, move the bulk; to the writer, it was moved. `settle`: look whether a doubt can be ended. */
export type Incoming = Flat | 'close' | 'checkpoint' | 'settle';

/** The thread's own side of its channel. */
export interface Port {
  postMessage(message: Flat | Notice): void;
  close(): void;
}

/** What waits at a thread's port, without waiting for it; undefined for nothing. */
export function receivedOn(port: MessagePort): Incoming | undefined {
  return receiveMessageOnPort(port)?.message as Incoming | undefined;
}

export type Faults = Pick<Engine, 'faultOf' | 'faultText'>;

export function notify(port: Port, kind: Notice['kind'], text = ''): void {
  port.postMessage({ kind, text } satisfies Notice);
}

/** The first message says that the database may be opened: the reader loads meanwhile, the writer makes the tables. */
export function whenTold(
  port: MessagePort,
  { faultText }: Pick<Faults, 'faultText'>,
  open: () => (message: Incoming) => void,
): void {
  port.once('message', () => {
    try {
      const serve = open();
      port.on('message', (message: Incoming) => {
        try {
          serve(message);
        } catch (error) {
          notify(port, 'broken', faultText(error));
          port.close();
        }
      });
      notify(port, 'ready');
    } catch (error) {
      notify(
        port,
        'refused',
        error instanceof StoreRefused ? error.message : `database: ${faultText(error)}`,
      );
      port.close();
    }
  });
}

export function closed(port: Port): void {
  notify(port, 'closed');
  port.close();
}
