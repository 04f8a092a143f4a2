/** The writing verbs by name; those that operators and keys are behind stand in the audit trail. */

import { beginArchive, endArchive, removeArchived, sweepArchived } from './archive/archiveWrites.js';
import type { Books } from './books.js';
import { expireCards, takeInCards } from './cards/cardIntake.js';
import { moveCard, redeem } from './cards/cardMoves.js';
import { addRevision, stagePortions } from './catalogue.js';
import { cutover, reconcile, tallyUp } from './days/days.js';
import { addOperator, approveExport, removeOperator, requestExport, takeExport } from './exports/exports.js';
import { sellBatch } from './journal/batching.js';
import { close, countAttempt, inquire, reroute, settleForwarding } from './journal/closing.js';
import { credit } from './journal/crediting.js';
import type { Handler } from './journal/journal.js';
import { decline, open, sell } from './journal/opening.js';
import { resolve } from './journal/resolving.js';
import { original, reverse } from './journal/reversing.js';
import { post } from './money/posting.js';
import { hubWrites } from './network/hubWrites.js';
import { memberWrites } from './network/memberWrites.js';
import { orderWrites } from './network/orderWrites.js';
import type { Write } from './operations.js';
import { addKeyBatch, internReceipt, rewrapKeyBatch, setSetting } from './records.js';
import { decide, expire, takeIn } from './stock/stocking.js';
import { recorded } from './trail/recorded.js';
import { note } from './trail/trailWork.js';

export function writeHandlers(books: Books): Record<Write, Handler> {
  const handlers = {
    sell: sell(books),
    sellBatch: sellBatch(books),
    credit: credit(books),
    decline: decline(books),
    open: open(books),
    reroute: reroute(books),
    close: close(books),
    inquire: inquire(books),
    reverse: reverse(books),
    original: original(books),
    countAttempt: countAttempt(books),
    settleForwarding: settleForwarding(books),
    internReceipt: internReceipt(books),
    addKeyBatch: addKeyBatch(books),
    rewrapKeyBatch: rewrapKeyBatch(books),
    takeIn: takeIn(books),
    expire: expire(books),
    decide: decide(books),
    post: post(books),
    takeInCards: takeInCards(books),
    moveCard: moveCard(books),
    redeem: redeem(books),
    expireCards: expireCards(books),
    setSetting: setSetting(books),
    stagePortions: stagePortions(books),
    addRevision: addRevision(books),
    cutover: cutover(books),
    tallyUp: tallyUp(books),
    reconcile: reconcile(books),
    resolve: resolve(books),
    ...memberWrites(books),
    ...hubWrites(books),
    ...orderWrites(books),
    beginArchive: beginArchive(books),
    removeArchived: removeArchived(books),
    endArchive: endArchive(books),
    sweepArchived: sweepArchived(books),
    note: note(books.trail),
    addOperator: addOperator(books),
    removeOperator: removeOperator(books),
    requestExport: requestExport(books),
    approveExport: approveExport(books),
    takeExport: takeExport(books),
  };
  return recorded(handlers, books.trail);
}
