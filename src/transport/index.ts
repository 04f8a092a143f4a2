/** Links over TCP and TLS: framing, listening, connecting, matching answers to requests. Knows nothing of ISO 8583. */
export { Connection, type LinkHandlers } from './connection.js';
export { type Connector, type ConnectorDeps, connect } from './connector.js';
export { type Counters, LINK_EVENTS, type LinkEvent } from './counters.js';
export { Exchange, type Reply } from './exchange.js';
export { type Cutter, createFraming, type Frame, type Framing, type Measure } from './framing.js';
export { FramingError } from './lengths.js';
export { type LinkDeps, type Listener, listen } from './listener.js';
export {
  FRAMINGS,
  type FramingKind,
  type FramingSpec,
  framingSchema,
  type LinkOptions,
  linkMembers,
  linkSchema,
} from './schema.js';
