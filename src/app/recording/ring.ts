/**
 * The queue between the thread that has the sockets and the one that writes recordings: a ring of shared memory, with
 * one writer, who never waits, and one reader. A record has a head of 24 bytes and its bytes, and lies in one piece.
 * The writer wakes a reader that sleeps until something comes; one that naps it leaves alone until a quarter is full,
 * since waking a thread for each message would cost more than the message's own treatment.
 * Maximum: the ring's size; a record of more than half of it is refused, as is any while there is no room.
 */
export const RECORD_KINDS = [
  'opened',
  'to-server',
  'to-client',
  'lost-to-server',
  'lost-to-client',
  'fin',
  'rst',
  'end',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export interface RingRecord {
  readonly kind: RecordKind;
  /** A frame begins with its bytes. */
  readonly atFrame: boolean;
  /** Which of the recordings. */
  readonly recording: number;
  readonly connection: number;
  readonly timeUs: number;
  /** The reader's own. */
  readonly bytes: Buffer;
}

/** Places in the shared words: where the writer is, where the reader is, and how the reader waits. */
const HEAD = 0;
const TAIL = 1;
const WAITING = 2;
const WORDS_BYTES = 64;
const AWAKE = 0;
const NAPPING = 1;
const SLEEPING = 2;

/** Length of the whole 4 (0: the rest of the ring is empty), kind 1, at frame 1, recording 2, connection 4, bytes 4, time 8. */
const HEAD_BYTES = 24;
const ALIGN = 8;

export class Ring {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly #size: number;

  /** A new one of so many bytes, or the one that lies in this memory. */
  constructor(from: number | SharedArrayBuffer) {
    this.memory = typeof from === 'number' ? new SharedArrayBuffer(WORDS_BYTES + (from & -ALIGN)) : from;
    this.#words = new Int32Array(this.memory, 0, WORDS_BYTES / 4);
    this.#view = new DataView(this.memory, WORDS_BYTES);
    this.#bytes = new Uint8Array(this.memory, WORDS_BYTES);
    this.#size = this.#bytes.length;
  }

  /** Writer: false where there is no room, and nothing was written. */
  write(
    kind: RecordKind,
    recording: number,
    connection: number,
    timeUs: number,
    bytes: Uint8Array,
    atFrame = false,
  ): boolean {
    const total = (HEAD_BYTES + bytes.length + ALIGN - 1) & -ALIGN;
    const head = Atomics.load(this.#words, HEAD);
    const at = this.#room(head, Atomics.load(this.#words, TAIL), total);
    if (at < 0) return false;
    if (at < head) this.#skipRest(head);
    const view = this.#view;
    view.setInt32(at, total, true);
    view.setUint8(at + 4, RECORD_KINDS.indexOf(kind));
    view.setUint8(at + 5, atFrame ? 1 : 0);
    view.setUint16(at + 6, recording, true);
    view.setUint32(at + 8, connection, true);
    view.setUint32(at + 12, bytes.length, true);
    view.setFloat64(at + 16, timeUs, true);
    this.#bytes.set(bytes, at + HEAD_BYTES);
    const next = at + total;
    Atomics.store(this.#words, HEAD, next === this.#size ? 0 : next);
    this.#wake(kind);
    return true;
  }

  /** Reader: the next record; undefined where there is none. */
  read(): RingRecord | undefined {
    const head = Atomics.load(this.#words, HEAD);
    let tail = Atomics.load(this.#words, TAIL);
    if (tail === head) return undefined;
    if (this.#view.getInt32(tail, true) === 0) tail = 0;
    const view = this.#view;
    const start = tail + HEAD_BYTES;
    const record: RingRecord = {
      kind: RECORD_KINDS[view.getUint8(tail + 4)] ?? 'end',
      atFrame: view.getUint8(tail + 5) === 1,
      recording: view.getUint16(tail + 6, true),
      connection: view.getUint32(tail + 8, true),
      timeUs: view.getFloat64(tail + 16, true),
      bytes: Buffer.from(this.#bytes.slice(start, start + view.getUint32(tail + 12, true)).buffer),
    };
    const next = tail + view.getInt32(tail, true);
    Atomics.store(this.#words, TAIL, next === this.#size ? 0 : next);
    return record;
  }

  /** Reader: until there is something, or `ms` have passed; without `ms`, as long as it takes. */
  wait(ms?: number): void {
    const tail = Atomics.load(this.#words, TAIL);
    Atomics.store(this.#words, WAITING, ms === undefined ? SLEEPING : NAPPING);
    // Where the writer has been meanwhile, this returns at once.
    Atomics.wait(this.#words, HEAD, tail, ms);
    Atomics.store(this.#words, WAITING, AWAKE);
  }

  /** Bytes that wait to be read. */
  get used(): number {
    const used = Atomics.load(this.#words, HEAD) - Atomics.load(this.#words, TAIL);
    return used < 0 ? used + this.#size : used;
  }

  /** Where a record of so many bytes goes; -1 where there is no room. Never all is filled: that would look empty. */
  #room(head: number, tail: number, total: number): number {
    if (total > this.#size / 2) return -1;
    if (head < tail) return total < tail - head ? head : -1;
    if (total < this.#size - head || (total === this.#size - head && tail > 0)) return head;
    return total < tail ? 0 : -1;
  }

  /** There are always eight bytes left at least, as all is aligned to that. */
  #skipRest(head: number): void {
    this.#view.setInt32(head, 0, true);
  }

  #wake(kind: RecordKind): void {
    const waiting = Atomics.load(this.#words, WAITING);
    if (waiting === AWAKE) return;
    if (waiting === NAPPING && kind !== 'end' && this.used < this.#size / 4) return;
    Atomics.notify(this.#words, HEAD, 1);
  }
}
