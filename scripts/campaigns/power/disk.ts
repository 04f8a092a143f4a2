/**
 * What a disk holds while a trace goes by: what was synced is there, and of what was written since the sync of its file
 * began, a power cut leaves any sectors it likes, whole or in part, in any order.
 */
import type { Chance } from '../../../src/base/chance.js';
import type { TraceRecord } from './trace.js';

const SECTOR = 512;

interface Pending {
  readonly record: TraceRecord;
  readonly sequence: number;
}

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
    if (type === 'u') this.resize(0);
    else if (type === 't') this.resize(offset);
    else this.put(bytes, offset);
  }
}

class DiskFile {
  /** Undefined: not there. */
  content: Content | undefined;
  pending: Pending[] = [];
  readonly syncs = new Map<number, number>();

  constructor(content: Buffer | undefined) {
    this.content = content && new Content(content);
  }
}

/** How much of what is not synced a cut leaves. */
export type Survival = 'nothing' | 'all' | 'any';

export class Disk {
  readonly #files = new Map<string, DiskFile>();
  readonly #names = new Map<number, string>();
  readonly #liesOf: string | undefined;
  #sequence = 0;

  /** `liesOf`: a file whose syncs it answers and does not do. */
  constructor(base: ReadonlyMap<string, Buffer>, liesOf?: string) {
    this.#liesOf = liesOf;
    for (const [name, content] of base) this.#files.set(name, new DiskFile(content));
  }

  /** One more record has gone by. */
  follow(record: TraceRecord): void {
    const { type, file, offset, bytes } = record;
    if (type === 'o') {
      const name = bytes.toString();
      this.#names.set(file, name);
      if (!this.#files.has(name)) this.#files.set(name, new DiskFile(undefined));
      return;
    }
    const name = this.#names.get(file) ?? '';
    const its = this.#files.get(name);
    if (!its) return;
    this.#sequence += 1;
    if (type === 'b') its.syncs.set(offset, this.#sequence);
    else if (type === 'e' && name === this.#liesOf) return;
    else if (type === 'e') this.#synced(its, its.syncs.get(offset) ?? 0);
    else its.pending.push({ record, sequence: this.#sequence });
  }

  #synced(file: DiskFile, begun: number): void {
    file.content ??= new Content(Buffer.alloc(0));
    for (const { record, sequence } of file.pending) if (sequence < begun) file.content.apply(record);
    file.pending = file.pending.filter(({ sequence }) => sequence >= begun);
  }

  /** The files after a power cut now. */
  cut(survival: Survival, chance: Chance): Map<string, Buffer> {
    const left = new Map<string, Buffer>();
    for (const [name, { content, pending }] of this.#files) {
      const after = survived(content?.bytes, pending, survival, chance);
      if (after) left.set(name, after);
    }
    return left;
  }

  get unsynced(): number {
    let count = 0;
    for (const { pending } of this.#files.values()) count += pending.length;
    return count;
  }
}

function survived(
  synced: Buffer | undefined,
  pending: readonly Pending[],
  survival: Survival,
  chance: Chance,
): Buffer | undefined {
  if (survival === 'nothing' || pending.length === 0) return synced;
  const room = pending.reduce((sum, { record }) => sum + record.bytes.length, 0);
  let content = synced && new Content(synced, room);
  for (const { record } of pending) {
    const isKept = survival === 'all' || chance.next() < 0.5;
    if (record.type === 'u') content = isKept ? undefined : content;
    else {
      content ??= new Content(Buffer.alloc(0), room);
      if (survival === 'all' || (record.type === 't' && isKept)) content.apply(record);
      else if (record.type === 'w') putSectors(content, record, chance);
    }
  }
  return content?.bytes;
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
