/** Texts of a few bytes and what became of them, by their bytes: neighbouring messages have the same dates and times. */
const SLOTS = 64;

interface Remembered {
  readonly before: Buffer;
  readonly after: Buffer;
}

export class ByteMemo {
  readonly #slots: (Remembered | undefined)[] = new Array(SLOTS).fill(undefined);
  readonly #make: (text: string) => string;

  /** `make` gives a text of the same length. */
  constructor(make: (text: string) => string) {
    this.#make = make;
  }

  /** Writes the new text over the old one. */
  apply(bytes: Buffer, from: number, end: number): void {
    let slot = 0;
    for (let at = from; at < end; at += 1) slot = (slot * 31 + (bytes[at] as number)) & (SLOTS - 1);
    let known = this.#slots[slot];
    if (!known || !holds(known.before, bytes, from, end)) {
      const text = bytes.toString('latin1', from, end);
      known = { before: Buffer.from(text, 'latin1'), after: Buffer.from(this.#make(text), 'latin1') };
      this.#slots[slot] = known;
    }
    const { after } = known;
    for (let i = 0; i < after.length; i += 1) bytes[from + i] = after[i] as number;
  }
}

function holds(before: Buffer, bytes: Buffer, from: number, end: number): boolean {
  if (before.length !== end - from) return false;
  for (let i = 0; i < before.length; i += 1) if (before[i] !== bytes[from + i]) return false;
  return true;
}
