/**
 * What a connection has to send, gathered until it is taken as one run of bytes for one write. Holds nothing while
 * there is nothing to send. Maximum: what one turn of the event loop brings; what the peer leaves unread after
 * that is the connection's to limit.
 */
import { NOTHING } from './cutter.js';
import type { Framing } from './framing.js';

export class Outbox {
  readonly #framing: Framing;
  /** Headers and bodies by turns. */
  #parts: Buffer[] = [];
  #bytes = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** Frames that wait. */
  get frames(): number {
    return this.#parts.length / 2;
  }

  /** False where the framing cannot write a frame as long. */
  add(header: Buffer, body: Buffer): boolean {
    const bytes = this.#framing.wireLength(header, body);
    if (bytes === 0) return false;
    this.#parts.push(header, body);
    this.#bytes += bytes;
    return true;
  }

  take(): Buffer {
    const parts = this.#parts;
    const wire = Buffer.allocUnsafe(this.#bytes);
    this.clear();
    let end = 0;
    for (let i = 0; i < parts.length; i += 2)
      end = this.#framing.write(wire, end, parts[i] ?? NOTHING, parts[i + 1] ?? NOTHING);
    return wire;
  }

  clear(): void {
    this.#parts = [];
    this.#bytes = 0;
  }
}
