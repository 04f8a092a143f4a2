/** The verbs as the threads name them to each other: a verb's number is its place in its list. */

/** Verbs that write: the writing worker, in group commits. */
export const WRITES = [
  'sell',
  'sellBatch',
  'credit',
  'decline',
  'open',
  'reroute',
  'close',
  'inquire',
  'reverse',
  'countAttempt',
  'settleForwarding',
  'internReceipt',
  'addKeyBatch',
  'rewrapKeyBatch',
  'takeIn',
  'expire',
  'decide',
  'post',
  'setSetting',
  'stagePortions',
  'addRevision',
  'cutover',
  'tallyUp',
  'reconcile',
  'resolve',
] as const;

/** Verbs that only read: the reading worker, so that an audit never delays a sale. */
export const READS = [
  'batch',
  'pending',
  'forwardings',
  'forwardingCount',
  'find',
  'receipts',
  'keyBatches',
  'intakeState',
  'levels',
  'quarantined',
  'audit',
  'balances',
  'statement',
  'recall',
  'setting',
  'lastRevision',
  'revisions',
  'cataloguePortion',
  'span',
  'page',
  'sumSales',
  'sumCommission',
  'sumStock',
  'cutovers',
  'soldAtOnce',
  'settledLater',
  'resolutions',
] as const;

export type Write = (typeof WRITES)[number];
export type Read = (typeof READS)[number];
