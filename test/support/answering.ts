/** What a switch's link does with a message that it could read, short of carrying it out. */
import type { Conduit } from '../../src/conduit/conduit.js';
import { plainOutcome } from '../../src/domain/outcome.js';
import type { Message } from '../../src/iso8583/index.js';

/** Understands it, and answers where it may be answered: approved, or with why it makes no request. */
export function answerAsRead(conduit: Conduit, message: Message): void {
  const understood = conduit.understand(message);
  if (conduit.isRequest(message))
    conduit.answer(message, plainOutcome(understood.ok ? 'approved' : understood.reason));
}
