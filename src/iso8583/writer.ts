/**
 * Where built messages are written: a slab that many messages share, each handed out as a view of its own part,
 * so that building copies nothing and allocates once in some dozen messages (as Node's own buffer pool does).
 * A part handed out is never written again. Maximum kept by one held message: one slab, or the message itself.
 */

/**
 * The class of every Buffer's views, which `subarray` finds by this protocol too; made at once, a view costs half as
 * much.
 */
const View = (Buffer as unknown as { readonly [Symbol.species]: BufferView })[Symbol.species];
type BufferView = new (memory: ArrayBufferLike, offset: number, bytes: number) => Buffer;

/** Bytes of one slab. */
const SLAB_BYTES = 16384;

export class Writer {
  buffer: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  position = 0;
  /** Of `buffer`, which takes all of it. */
  private memory: ArrayBufferLike = this.buffer.buffer;
  private start = 0;

  /** Begins a message. */
  begin(): void {
    this.position = this.start;
  }

  /** Makes room for `bytes` more. The buffer may be another one afterwards. */
  reserve(bytes: number): void {
    if (this.position + bytes > this.buffer.length) this.grow(bytes);
  }

  /** Bytes written since `begin`. */
  get written(): number {
    return this.position - this.start;
  }

  /** The message begun last. */
  take(): Buffer {
    const start = this.start;
    this.start = this.position;
    return new View(this.memory, start, this.position - start);
  }

  /** Where a byte reserved earlier lies now, by its distance from the start of the message. */
  at(distance: number): number {
    return this.start + distance;
  }

  private grow(bytes: number): void {
    const written = this.buffer.subarray(this.start, this.position);
    const larger = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (written.length + bytes)));
    larger.set(written);
    this.buffer = larger;
    this.memory = larger.buffer;
    this.start = 0;
    this.position = written.length;
  }
}
