/** Migrations in order: the n-th takes the schema from version n - 1 to n. Never edited once released; added to. */
import { journalAndStock } from './0001-journal-and-stock.js';
import { money } from './0002-money.js';
import { catalogue } from './0003-catalogue.js';
import { endOfDay } from './0004-end-of-day.js';
import { batches } from './0005-batches.js';
import { accounts } from './0006-accounts.js';
import { cards } from './0007-cards.js';
import { member } from './0008-member.js';
import { hub } from './0009-hub.js';
import { orders } from './0010-orders.js';
import { archives } from './0011-archives.js';
import { auditTrail } from './0012-audit-trail.js';
import { exportsOfPins } from './0013-exports.js';

export const MIGRATIONS: readonly string[] = [
  journalAndStock,
  money,
  catalogue,
  endOfDay,
  batches,
  accounts,
  cards,
  member,
  hub,
  orders,
  archives,
  auditTrail,
  exportsOfPins,
];
