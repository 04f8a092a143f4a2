/**
 * Where built messages are written: a slab that many messages share, each handed out as a view of its own part,
 * so that building copies nothing and allocates once in some dozen messages (as Node's own buffer pool does).
 * A part handed out is never written again. Maximum kept by one held message: one slab, or the message itself.
 */

/** Bytes of one slab. */
const SLAB_BYTES = 16384;

export class Writer {
  buffer: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  position = 0;
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
    const message = this.buffer.subarray(this.start, this.position);
    this.start = this.position;
    return message;
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
    this.start = 0;
    this.position = written.length;
  }
}
