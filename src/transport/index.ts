/** Links over TCP and TLS: framing, listening, connecting, matching answers to requests. Knows nothing of ISO 8583. */
export { Connection, type LinkHandlers } from './connection.js';
export { type Connector, type ConnectorDeps, connect } from './connector.js';
export type { LinkDeps } from './context.js';
export { type Counters, LINK_EVENTS, type LinkEvent } from './counters.js';
export type { Cutter, Frame, Measure } from './cutter.js';
export { Exchange, type Reply } from './exchange.js';
export { createFraming, type Framing } from './framing.js';
export { FramingError, OversizeError } from './lengths.js';
export { type Listener, listen } from './listener.js';
export {
  FRAMINGS,
  type FramingKind,
  type FramingSpec,
  framingSchema,
  type LinkOptions,
  linkLimits,
  linkMembers,
  linkSchema,
  PROXIES_UNNAMED,
  proxiesAreNamed,
  type RecordOptions,
  recordSchema,
  tlsSchema,
} from './schema.js';
export type { ConnectionTap, End, LinkTap } from './tap.js';
export { listenTls, peerFingerprint } from './tls.js';
