/**
 * The named limits of links, each with its unit in its name. Every one can be set in the configuration; over a
 * limit the peer gets a closed socket or has to wait, and a counter moves. Floors with limits of their own name
 * them in the file that holds to them.
 */
export interface LinkLimits {
  /** Bytes of one frame, headers inside the length included. */
  readonly frameBytesMax: number;
  /** Those in a TLS handshake count too. */
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** A connection on which nothing is received for this long, and no answer is owed, is closed. */
  readonly idleMs: number;
  /** A frame that has begun must be complete within this time. */
  readonly frameMs: number;
  /** Frames of one connection being worked on; more are not read until answers have gone out. */
  readonly framesInFlightMax: number;
  /** A connection that is owed answers, and got none for this long, is closed. */
  readonly replyMs: number;
  /** Bytes of answers that a peer has not read yet. */
  readonly unreadBytesMax: number;
  /** What a peer has, once we have ended our side, to read what it was sent and end its own. */
  readonly lingerMs: number;
  readonly handshakeMs: number;
  /** Frames a second from one address, over all its connections; past them it is not read from until one is due. */
  readonly addressFramesPerSecond: number;
  /** Frames at once from one address, before that counts. */
  readonly addressFramesBurst: number;
  /** Messages a second of one terminal (DE41); past them one is not answered, and the terminal sends it again. */
  readonly terminalMessagesPerSecond: number;
  readonly terminalMessagesBurst: number;
  /** Bytes of a PROXY header, where the link wants one. */
  readonly proxyHeaderBytesMax: number;
  /** A PROXY header must be complete within this time. */
  readonly proxyHeaderMs: number;
  readonly connectMs: number;
  /** First wait before connecting again; doubles up to the last. */
  readonly reconnectFirstMs: number;
  readonly reconnectMaxMs: number;
}

/** Addresses, and terminals, whose rates one link remembers. */
export const RATED_NAMES_MAX = 65_536;

export const LINK_LIMITS: LinkLimits = {
  frameBytesMax: 8_192,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 20_000,
  idleMs: 600_000,
  frameMs: 10_000,
  framesInFlightMax: 256,
  replyMs: 180_000,
  unreadBytesMax: 1_048_576,
  lingerMs: 2_000,
  handshakeMs: 10_000,
  addressFramesPerSecond: 100_000,
  addressFramesBurst: 100_000,
  terminalMessagesPerSecond: 100_000,
  terminalMessagesBurst: 100_000,
  proxyHeaderBytesMax: 4_096,
  proxyHeaderMs: 5_000,
  connectMs: 5_000,
  reconnectFirstMs: 200,
  reconnectMaxMs: 30_000,
};
