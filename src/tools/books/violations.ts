/**
 * Where books and journal differ: counted, and the first ones kept. They are told by what names a transaction, never
 * by a PIN or an account.
 * Maximum kept: VIOLATIONS_MAX.
 */
const VIOLATIONS_MAX = 100;

export interface Violation {
  readonly terminal: string;
  readonly stan: string;
  readonly rrn: string;
  readonly what: string;
}

export class Violations {
  readonly #first: Violation[] = [];
  #count = 0;

  add({ terminal, stan, rrn }: Omit<Violation, 'what'>, what: string): void {
    this.#count += 1;
    if (this.#first.length < VIOLATIONS_MAX) this.#first.push({ terminal, stan, rrn, what });
  }

  get count(): number {
    return this.#count;
  }

  get first(): readonly Violation[] {
    return this.#first;
  }
}

export function violationText({ terminal, stan, rrn, what }: Violation): string {
  const named = [
    terminal === '' ? '' : `terminal ${terminal}`,
    stan === '' ? '' : `STAN ${stan}`,
    rrn === '' ? '' : `RRN ${rrn}`,
  ];
  const name = named.filter((part) => part !== '').join(', ');
  return name === '' ? what : `${name}: ${what}`;
}
