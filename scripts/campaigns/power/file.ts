/**
 * One file on a disk: what was synced is there, and of what was written since the sync began, a power cut leaves any
 * sectors it likes, whole or in part, in any order.
 */
import type { Chance } from '../../../src/base/chance.js';
import type { TraceRecord } from './trace.js';

const SECTOR = 512;

/** How much of what is not synced a cut leaves. */
export type Survival = 'nothing' | 'all' | 'any';

/** Bytes that grow, in a buffer with room to spare. */
class Content {
  #bytes: Buffer;
  #length: number;

  constructor(bytes: Buffer, room = 0) {
    this.#bytes = Buffer.alloc(bytes.length + room);
    bytes.copy(this.#bytes);
    this.#length = bytes.length;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  resize(length: number): void {
    if (length > this.#bytes.length) {
      const grown = Buffer.alloc(2 * length);
      this.bytes.copy(grown);
      this.#bytes = grown;
    }
    // What was cut off is zeros where it comes back.
    else if (length < this.#length) this.#bytes.fill(0, length, this.#length);
    this.#length = length;
  }

  put(bytes: Buffer, offset: number): void {
    if (offset + bytes.length > this.#length) this.resize(offset + bytes.length);
    bytes.copy(this.#bytes, offset);
  }

  apply({ type, offset, bytes }: TraceRecord): void {
    if (type === 't') this.resize(offset);
    else this.put(bytes, offset);
  }
}

interface Pending {
  readonly record: TraceRecord;
  readonly sequence: number;
}

export class DiskFile {
  readonly #content: Content;
  #pending: Pending[] = [];

  constructor(content: Buffer = Buffer.alloc(0)) {
    this.#content = new Content(content);
  }

  change(record: TraceRecord, sequence: number): void {
    this.#pending.push({ record, sequence });
  }

  /** By a sync that began at that point of the sequence. */
  synced(begun: number): void {
    for (const { record, sequence } of this.#pending) if (sequence < begun) this.#content.apply(record);
    this.#pending = this.#pending.filter(({ sequence }) => sequence >= begun);
  }

  get unsynced(): number {
    return this.#pending.length;
  }

  /** What a cut leaves of it now. */
  left(survival: Survival, chance: Chance): Buffer {
    const synced = this.#content.bytes;
    if (survival === 'nothing' || this.#pending.length === 0) return synced;
    const room = this.#pending.reduce((sum, { record }) => sum + record.bytes.length, 0);
    const content = new Content(synced, room);
    for (const { record } of this.#pending) {
      if (survival === 'all') content.apply(record);
      else if (record.type === 'w') putSectors(content, record, chance);
      else if (chance.next() < 0.5) content.apply(record);
    }
    return content.bytes;
  }
}

/** A third of them is lost, a third is there, a third is torn. */
function putSectors(content: Content, { offset, bytes }: TraceRecord, chance: Chance): void {
  for (let at = 0; at < bytes.length; ) {
    const size = Math.min(bytes.length - at, SECTOR - ((offset + at) % SECTOR));
    const fate = chance.next();
    const kept = fate < 1 / 3 ? 0 : fate < 2 / 3 ? size : Math.floor(chance.next() * size);
    if (kept > 0) content.put(bytes.subarray(at, at + kept), offset + at);
    at += size;
  }
}
