/** What the transport counts. Labels are these names and the link's, nothing that a peer sent. */
export const LINK_EVENTS = [
  'opened',
  'closed',
  'frames-in',
  'frames-out',
  /** Empty frames, answered with one. */
  'keep-alives',
  /** Not on the link's list of addresses. */
  'refused-address',
  /** Over `connectionsMax` or `connectionsPerAddressMax`. */
  'refused-full',
  /** Not one of the link's `proxies`. */
  'refused-proxy',
  /** No PROXY header, a malformed or unfinished one, or one over `proxyHeaderBytesMax`. */
  'proxy-error',
  /** Over `proxyHeaderMs`. */
  'proxy-timeout',
  /** Bytes that are no frame of this framing. */
  'framing-error',
  /** The peer was gone in the middle of a frame. */
  'truncated',
  /** A frame over `frameBytesMax`. */
  'oversize',
  /** Over `idleMs`. */
  'idle-close',
  /** Over `frameMs`. */
  'slow-close',
  /** Over `unreadBytesMax`. */
  'unread-close',
  /** Over `replyMs`. */
  'unanswered-close',
  /** Over `lingerMs`. */
  'linger-close',
  /** Still open when draining ran out of time. */
  'drain-close',
  /** `framesInFlightMax` reached: reading waits. */
  'in-flight-pause',
  /** Over `addressFramesPerSecond`: reading waits. */
  'rate-pause',
  /** A message of ours that this framing cannot write. */
  'unsendable',
  /** A handler threw: its connection was closed. */
  'handler-error',
  'accept-error',
  'tls-error',
  /** A changed list of revoked certificates is in force. */
  'crl-read',
  /** Over `handshakeMs`. */
  'handshake-timeout',
  'connect-failed',
  'late-answer',
  'duplicate-key',
] as const;
export type LinkEvent = (typeof LINK_EVENTS)[number];

export interface Counters {
  add(name: string, link: string, n?: number): void;
}
