/** Waits that double, each time nothing came of it, up to a last one; and begin again when something did. */
export class Wait {
  /** No wait is longer. */
  readonly maxMs: number;
  readonly #firstMs: number;
  #next: number;

  constructor(firstMs: number, maxMs: number) {
    this.#firstMs = firstMs;
    this.maxMs = Math.max(maxMs, firstMs);
    this.#next = firstMs;
  }

  /** Milliseconds. */
  take(): number {
    const wait = this.#next;
    this.#next = Math.min(this.#next * 2, this.maxMs);
    return wait;
  }

  begin(): void {
    this.#next = this.#firstMs;
  }
}
