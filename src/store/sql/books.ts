/** What the writing verbs share: one connection, the statements on it, and what is kept in memory beside it. */

import { Cards } from './cards/cards.js';
import type { Connection, Engine } from './engine.js';
import { Batches } from './journal/batches.js';
import { Forwardings } from './journal/forwardings.js';
import { Journal, TransactionPacker } from './journal/journal.js';
import { type TombstoneLimits, Tombstones } from './journal/tombstones.js';
import { Memory } from './money/memory.js';
import { Money, type MoneyLimits } from './money/money.js';
import { ChangeLog } from './network/changeLog.js';
import { Levels } from './stock/levels.js';
import { Pins } from './stock/pins.js';
import { Shelf } from './stock/shelf.js';
import { type Author, Trail } from './trail/trail.js';

export interface BookLimits extends TombstoneLimits, MoneyLimits {
  /** Rows a product that wait in memory for sale. */
  readonly windowMax: number;
}

export class Books {
  readonly db: Connection;
  readonly levels: Levels;
  readonly log: ChangeLog;
  readonly money: Money;
  readonly cards: Cards;
  readonly journal: Journal;
  readonly batches: Batches;
  readonly packer: TransactionPacker;
  readonly pins: Pins;
  readonly shelf: Shelf;
  readonly tombstones: Tombstones;
  readonly forwardings: Forwardings;
  readonly memory: Memory;
  readonly trail: Trail;
  readonly #engine: Engine;
  /** None before the first transaction: another process may commit while these are made. */
  #seen = 0;

  constructor(engine: Engine, limits: BookLimits, author: Author) {
    const { db } = engine;
    this.#engine = engine;
    this.db = db;
    this.levels = new Levels(db);
    this.log = new ChangeLog(db);
    this.money = new Money(db, this.log, limits);
    this.cards = new Cards(db);
    this.journal = new Journal(db, this.cards);
    this.batches = new Batches(db);
    this.packer = new TransactionPacker(db);
    this.pins = new Pins(db, this.levels, this.log);
    this.shelf = new Shelf(db, this.log, limits.windowMax);
    this.tombstones = new Tombstones(db, limits);
    this.forwardings = new Forwardings(db);
    this.memory = new Memory(db);
    this.trail = new Trail(db, author);
  }

  /** Inside each write transaction, first: what is in memory must be what this transaction sees. */
  catchUp(): void {
    const version = this.#engine.version();
    if (version === this.#seen) return;
    this.#seen = version;
    this.shelf.forgetAll();
    this.money.forget();
    this.log.refresh();
    this.tombstones.refresh();
  }

  /** Before each commit: what added up in memory. */
  write(): void {
    this.levels.write();
    this.log.write();
    this.money.write();
  }

  /** After each rollback. */
  rolledBack(): void {
    this.shelf.forgetAll();
    this.levels.forget();
    this.log.forget();
    this.money.forget();
  }
}
