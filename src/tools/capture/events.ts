/**
 * What a capture file tells, in the order of the file: connections, the bytes or frames of their two directions, and
 * whatever could not be read, each with the offset in the file of the packet (or line) that it comes from.
 * Buffers stay valid as long as they are held.
 */
import type { CaptureConnection, Closing, Direction } from '../../capture/types.js';

export type TrafficConnection = CaptureConnection;

interface At {
  readonly timeUs: number;
  /** Bytes from the start of the file. */
  readonly offset: number;
}

interface OfDirection extends At {
  readonly connection: TrafficConnection;
  readonly direction: Direction;
}

/** Bytes of a stream, in the stream's order, each once. */
export interface StreamBytes extends OfDirection {
  readonly kind: 'bytes';
  readonly bytes: Buffer;
}

export interface TrafficFrame extends OfDirection {
  readonly kind: 'frame';
  /** From 1 in the whole file; by the packet that completed it, whose time it bears. */
  readonly number: number;
  /** TPDU and other headers inside the length. */
  readonly header: Buffer;
  /** The message. */
  readonly body: Buffer;
}

export interface TrafficKeepAlive extends OfDirection {
  readonly kind: 'keep-alive';
}

export type TrafficNote =
  | ({ readonly kind: 'open' } & At & { readonly connection: TrafficConnection })
  | ({ readonly kind: 'close' } & At & {
        readonly connection: TrafficConnection;
        readonly how: Closing;
      })
  /** Bytes of a stream that the capture lacks; what follows is cut anew where a frame begins again. */
  | ({ readonly kind: 'gap'; readonly bytes: number } & OfDirection)
  /** What could not be read: one line, safe to print, and how many bytes were passed over for it. */
  | ({ readonly kind: 'fault'; readonly why: string; readonly skippedBytes: number } & At & {
        readonly connection?: TrafficConnection;
        readonly direction?: Direction;
      });

export type StreamEvent = StreamBytes | TrafficNote;
export type TrafficEvent = TrafficFrame | TrafficKeepAlive | TrafficNote;
