/** The options of `simulate terminals`, as commander hands them over. */
import type { Address } from './command.js';
import type { JournalOptions } from './journalSource.js';

export interface TerminalsOptions extends JournalOptions {
  readonly to?: Address;
  readonly bcd?: boolean;
  readonly format?: string;
  readonly framing: string;
  readonly tpdu?: string;
  readonly seconds?: number;
  readonly count?: number;
  readonly rate?: number;
  readonly tills?: number;
  readonly seed?: number;
  readonly terminals?: readonly string[];
  readonly merchant?: string;
  readonly acquirer?: string;
  readonly cards?: string;
  readonly books?: string;
  readonly list?: boolean;
  readonly json?: boolean;
}
