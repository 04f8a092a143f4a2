/**
 * Frames in, answers out: wires one configured link's transport to its conduit and the journey. A fault of one
 * message is that message's: it is answered or counted, and no other connection notices.
 */
import { safeText } from '../base/errors.js';
import type { Log } from '../base/log.js';
import type { TokenBuckets } from '../base/tokenBuckets.js';
import type { Conduit } from '../conduit/conduit.js';
import { type Outcome, plainOutcome } from '../domain/outcome.js';
import type { LinkRequest } from '../domain/request.js';
import { Iso8583Error, type Message } from '../iso8583/index.js';
import { StoreBroken } from '../store/errors.js';
import type { Journey } from '../switch/journey.js';
import type { Connection, Frame, LinkHandlers } from '../transport/index.js';
import type { LinkKeys } from './linkKeys.js';
import type { LinkSessions } from './linkSession.js';
import type { Metrics } from './metrics.js';

export interface LinkWiring {
  readonly name: string;
  readonly conduit: Conduit;
  readonly journey: Journey;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Called when the store can no longer say what stands. */
  readonly onBroken: (error: unknown) => void;
  /** True where the peer is an acquirer's host. */
  readonly isHost: boolean;
  /** What a peer's certificate has to agree with. */
  readonly bound: readonly ('terminal' | 'merchant')[];
  /** Where the link has sessions. */
  readonly sessions?: LinkSessions | undefined;
  /** A token a message, by the terminal that it names. */
  readonly terminals: TokenBuckets;
  /** Where its messages bear MACs. */
  readonly keys?: LinkKeys | undefined;
}

/** What manages the line itself. */
const MANAGING: ReadonlySet<LinkRequest['kind']> = new Set(['echo', 'sign-on', 'sign-off', 'key-exchange']);

/** What concerns all terminals of an acquirer, or everybody. */
function isForHosts(request: LinkRequest): boolean {
  return (
    request.kind === 'cutover' || (request.kind === 'reconciliation' && request.identity.terminal === '')
  );
}

export function linkHandlers(wiring: LinkWiring): LinkHandlers {
  const { conduit, journey, metrics, log, name, isHost, sessions, terminals, keys, bound } = wiring;

  function onFrame(frame: Frame, connection: Connection): void {
    connection.begin();
    sessions?.heard(connection);
    let message: Message;
    try {
      message = conduit.parse(frame.body);
    } catch (error) {
      if (!(error instanceof Iso8583Error)) throw error;
      refuseUnparsed(error, frame, connection);
      return;
    }
    if (!conduit.isRequest(message)) {
      if (!conduit.isAuthentic(message)) metrics.counters.add('mac-error', name);
      else if (!sessions?.answered(connection, message, frame.body))
        metrics.counters.add('unexpected-answer', name);
      connection.done();
      return;
    }
    if (conduit.isAuthentic(message)) perform(message, frame, connection);
    else refuseForged(message, frame, connection);
  }

  function refuseForged(message: Message, frame: Frame, connection: Connection): void {
    metrics.counters.add('mac-error', name);
    log.warn({ link: name, connection: connection.id, mti: message.mti }, 'message without a right MAC');
    connection.reply(frame, conduit.answer(message, plainOutcome('security-error')));
  }

  function refuseUnparsed(error: Iso8583Error, frame: Frame, connection: Connection): void {
    metrics.counters.add('format-error', name);
    log.warn({ link: name, connection: connection.id, error: error.message }, 'message could not be read');
    const answer = conduit.formatError(error);
    if (answer) connection.reply(frame, answer);
    else connection.done();
  }

  function perform(message: Message, frame: Frame, connection: Connection): void {
    const understood = conduit.understand(message);
    if (!understood.ok) {
      log.warn(
        { link: name, mti: message.mti, field: understood.field, reason: understood.reason },
        'message makes no request',
      );
      metrics.countOutcome('none', understood.reason);
      connection.reply(frame, conduit.answer(message, plainOutcome(understood.reason)));
      return;
    }
    const { request } = understood;
    if (!isBorneOut(request, connection)) {
      metrics.counters.add('certificate-mismatch', name);
      log.warn({ link: name, connection: connection.id, mti: message.mti }, 'certificate of somebody else');
      connection.reply(frame, conduit.answer(message, plainOutcome('security-error')));
      return;
    }
    if (isOverRate(request)) {
      metrics.counters.add('rate-limited', name);
      connection.done();
      return;
    }
    if ((sessions && !mayBegin(sessions, request, connection)) || (!isHost && isForHosts(request))) {
      metrics.countOutcome(request.kind, 'not-permitted');
      connection.reply(frame, conduit.answer(message, plainOutcome('not-permitted')));
      return;
    }
    void carryThrough(request, message, frame, connection);
  }

  /** Whether the peer's certificate is of whom the message says that it is. */
  function isBorneOut(request: LinkRequest, { subject }: Connection): boolean {
    if (bound.length === 0 || !('identity' in request)) return true;
    const { terminal, merchant } = request.identity;
    // What manages the line may name nobody.
    const isEither = (said: string, shown: string | undefined): boolean =>
      said === shown || (said === '' && MANAGING.has(request.kind));
    return bound.every((what) =>
      what === 'terminal'
        ? isEither(terminal, subject?.commonName)
        : isEither(merchant, subject?.organisation),
    );
  }

  /**
   * Not even refused: it may be the repeat of what was approved, and a refusal would say that it was not. The terminal
   * sends it again.
   */
  function isOverRate(request: LinkRequest): boolean {
    const terminal = 'identity' in request ? request.identity.terminal : '';
    return terminal !== '' && !terminals.take(terminal);
  }

  /** Sign-on and sign-off are noted; false for what may not be asked before a sign-on. */
  function mayBegin(to: LinkSessions, request: LinkRequest, connection: Connection): boolean {
    if (request.kind === 'sign-on' || request.kind === 'sign-off') {
      to.signed(connection, request.kind === 'sign-on');
      return true;
    }
    return request.kind === 'echo' || to.mayAsk(connection);
  }

  async function outcomeOf(request: LinkRequest): Promise<Outcome | undefined> {
    if (request.kind !== 'key-exchange') return journey.handle(conduit.profile, request);
    return plainOutcome(keys ? await keys.exchange(request) : 'not-supported');
  }

  /** Never rejects: whatever goes wrong with one message stays with it. */
  async function carryThrough(
    request: LinkRequest,
    message: Message,
    frame: Frame,
    connection: Connection,
  ): Promise<void> {
    try {
      const outcome = await outcomeOf(request);
      metrics.countOutcome(request.kind, outcome ? outcome.reason : 'suppressed');
      if (outcome) connection.reply(frame, conduit.answer(message, outcome));
      else connection.done();
    } catch (error) {
      metrics.counters.add('internal-error', name);
      log.error({ link: name, error: safeText(error) }, 'request could not be carried through');
      connection.done();
      if (error instanceof StoreBroken) wiring.onBroken(error);
    }
  }

  if (!sessions) return { onFrame };
  return {
    onFrame,
    onOpen: (connection) => sessions.opened(connection),
    onClose: (connection) => sessions.closed(connection),
  };
}
