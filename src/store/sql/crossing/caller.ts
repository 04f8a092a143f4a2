/** What every part of the store's calling side shares: writes go to one worker, reads to another. */
import type { Clock } from '../../../base/clock.js';
import type { StoreLimits } from '../limits.js';
import { READS, type Read, WRITES, type Write } from '../operations.js';
import type { Channel } from './channel.js';
import type { Cursor, Flat } from './flat.js';

export class Caller {
  readonly #writer: Channel;
  readonly #reader: Channel;
  protected readonly clock: Clock;
  protected readonly limits: StoreLimits;

  constructor(writer: Channel, reader: Channel, clock: Clock, limits: StoreLimits) {
    this.#writer = writer;
    this.#reader = reader;
    this.clock = clock;
    this.limits = limits;
  }

  protected write<T>(
    verb: Write,
    pack: (out: Flat) => void,
    unpack: (input: Cursor) => T,
    weight?: number,
  ): Promise<T> {
    return this.#writer.call(WRITES.indexOf(verb), pack, unpack, weight);
  }

  protected read<T>(verb: Read, pack: (out: Flat) => void, unpack: (input: Cursor) => T): Promise<T> {
    return this.#reader.call(READS.indexOf(verb), pack, unpack);
  }

  /** Resolves when everything accepted is on disk and the file is closed. */
  async shutdown(): Promise<void> {
    await this.#reader.close();
    await this.#writer.close();
  }
}

/** How most results are unpacked. */
export const nothing = (): void => {};
export const count = (input: Cursor): number => input.number();
export const whether = (input: Cursor): boolean => input.number() === 1;
/** What its verb put into one slot, as it is. */
export const whole = <T>(input: Cursor): T => input.scalar() as T;
