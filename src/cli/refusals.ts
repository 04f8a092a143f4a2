/** Rows that an intake refused: on standard error, or in a file. Neither ever holds a PIN or a card's number. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { BadRow } from '../stock/batchFile.js';

/** Refused rows shown on standard error; --report has them all. */
const SHOWN_MAX = 10_000;

/** `report` names the file; undefined: standard error. */
export function refusals(report: string | undefined): Refusals {
  return report === undefined ? shown() : reported(report);
}

export interface Refusals {
  readonly add: (row: BadRow) => void;
  readonly end: () => void;
}

function textOfRow({ line, reason }: BadRow): string {
  return `line ${line}: ${reason}\n`;
}

/** On standard error, when the progress bar has gone. */
function shown(): Refusals {
  const rows: BadRow[] = [];
  let more = 0;
  return {
    add(row) {
      if (rows.length < SHOWN_MAX) rows.push(row);
      else more += 1;
    },
    end() {
      process.stderr.write(rows.map(textOfRow).join(''));
      if (more > 0) process.stderr.write(`and ${more} more rows refused; --report FILE lists them all\n`);
    },
  };
}

/** As they come, so that an intake that is cut short leaves those it had stored. */
function reported(file: string): Refusals {
  const descriptor = openSync(file, 'a');
  return {
    add: (row) => void writeSync(descriptor, textOfRow(row)),
    end: () => closeSync(descriptor),
  };
}
