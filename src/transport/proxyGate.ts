/**
 * Waits for the PROXY header of each connection that comes from one of a link's proxies; nothing of the connection is
 * looked at before. The bytes behind the header go back into the socket, for TLS or framing to read.
 * Maximums: `proxyHeaderBytesMax` and `proxyHeaderMs` a connection; as many connections as the link has places.
 */
import type { BlockList, Socket } from 'node:net';
import { safeText } from '../base/errors.js';
import { holds, networkList } from './admission.js';
import type { LinkContext } from './context.js';
import type { LinkEvent } from './counters.js';
import { NOTHING } from './cutter.js';
import { type ProxyHeader, type Relayed, readProxyHeader } from './proxyHeader.js';

type Fault = Extract<LinkEvent, 'proxy-error' | 'proxy-timeout'>;

export class ProxyGate {
  readonly #proxies: BlockList;
  readonly #context: LinkContext;
  readonly #waiting = new Set<Socket>();

  /** Throws SafeError where an entry of `proxies` is neither an address nor a network. */
  constructor(proxies: readonly string[], context: LinkContext) {
    this.#proxies = networkList(proxies, 'proxies');
    this.#context = context;
  }

  /** Whether a peer of this address may say for whom it connects. */
  trusts(address: string): boolean {
    return holds(this.#proxies, address);
  }

  /** `pass` is called once, as soon as the header is there, with the socket paused; never where it does not come. */
  wait(socket: Socket, proxy: string, pass: (relayed: Relayed | undefined) => void): void {
    const { limits, clock } = this.#context;
    let head: Buffer = NOTHING;
    const leave = (): void => {
      cancelTimer();
      this.#waiting.delete(socket);
      socket.off('data', onData).off('end', onEnd).off('error', onError).off('close', leave);
    };
    const refuse = (fault: Fault, reason: string): void => {
      leave();
      this.#context.count(fault);
      this.#context.warn('connection closed', reason, { remote: proxy });
      socket.destroy();
    };
    const onData = (chunk: Buffer): void => {
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      let header: ProxyHeader | undefined;
      try {
        header = readProxyHeader(head, limits.proxyHeaderBytesMax);
      } catch (error) {
        refuse('proxy-error', safeText(error));
        return;
      }
      if (!header) return;
      leave();
      socket.pause();
      if (head.length > header.bytes) socket.unshift(head.subarray(header.bytes));
      pass(header.relayed);
    };
    // One that comes and goes without a word is a health check's.
    const onEnd = (): void => {
      if (head.length > 0) refuse('proxy-error', 'peer closed inside the PROXY header');
      else socket.destroy();
    };
    const onError = (error: Error): void => {
      if (head.length > 0) refuse('proxy-error', safeText(error));
    };
    const cancelTimer = clock.after(limits.proxyHeaderMs, () =>
      refuse('proxy-timeout', 'PROXY header not complete in time'),
    );
    this.#waiting.add(socket);
    socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', leave);
  }

  /** Cuts those whose header is not there yet. */
  close(): void {
    for (const socket of this.#waiting) socket.destroy();
  }
}
