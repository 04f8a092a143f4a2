/**
 * The named limits of links, each with its unit in its name. Every one can be set in the configuration; over a
 * limit the peer gets a closed socket or has to wait, and a counter moves. Floors with limits of their own name
 * them in the file that holds to them.
 */
export interface LinkLimits {
  /** Bytes of one frame, headers inside the length included. */
  readonly frameBytesMax: number;
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  /** A connection on which nothing is received for this long, and no answer is owed, is closed. */
  readonly idleMs: number;
  /** A frame that has begun must be complete within this time. */
  readonly frameMs: number;
  /** Frames of one connection being worked on; more are not read until answers have gone out. */
  readonly framesInFlightMax: number;
  /** Bytes of answers that a peer has not read yet. */
  readonly unreadBytesMax: number;
  readonly handshakeMs: number;
  readonly connectMs: number;
  /** First wait before connecting again; doubles up to the last. */
  readonly reconnectFirstMs: number;
  readonly reconnectMaxMs: number;
}

export const LINK_LIMITS: LinkLimits = {
  frameBytesMax: 8_192,
  connectionsMax: 20_000,
  connectionsPerAddressMax: 20_000,
  idleMs: 600_000,
  frameMs: 10_000,
  framesInFlightMax: 256,
  unreadBytesMax: 1_048_576,
  handshakeMs: 10_000,
  connectMs: 5_000,
  reconnectFirstMs: 200,
  reconnectMaxMs: 30_000,
};
