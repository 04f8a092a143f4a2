/**
 * What sees the bytes that pass on a link, for recordings. It is called on the way of every message: it must not wait,
 * must not throw, and must copy what it keeps.
 */
export interface End {
  /** An IP address. */
  readonly address: string;
  readonly port: number;
}

export interface LinkTap {
  opened(local: End, remote: End): ConnectionTap;
}

export interface ConnectionTap {
  /** `atFrame`: a frame begins with these bytes, as far as framing can tell. */
  received(bytes: Buffer, atFrame: boolean): void;
  /** Whole frames, as given to the socket. */
  sent(bytes: Buffer): void;
  /** `fin`: both sides ended; `rst`: the connection was cut. */
  closed(how: 'fin' | 'rst'): void;
}
