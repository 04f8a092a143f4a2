/** Words that readers and writers of captures share. Times are microseconds since the epoch, to a quarter of one. */

export interface CaptureEndpoint {
  /** IPv4 or IPv6 address as text. */
  readonly address: string;
  readonly port: number;
}

/** The server is the side that was connected to. */
export type Direction = 'to-server' | 'to-client';

export interface CaptureConnection {
  /** From 1, in the order of first packets. */
  readonly id: number;
  readonly client: CaptureEndpoint;
  readonly server: CaptureEndpoint;
  /** How it is known which side is the server; `guess` where the capture starts in mid-stream. */
  readonly serverKnownBy: 'syn' | 'option' | 'guess';
}

/** `end`: the capture ended, or told of it no more, with the connection open. */
export type Closing = 'fin' | 'rst' | 'end';
