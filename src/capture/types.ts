/** Words that readers and writers of captures share. Times are microseconds since the epoch, to a quarter of one. */

export interface CaptureEndpoint {
  /** IPv4 or IPv6 address as text. */
  readonly address: string;
  readonly port: number;
}

/** The server is the side that was connected to. */
export type Direction = 'to-server' | 'to-client';
