/** What holds connections back: a listener's backlog, and the end of those that had ended before in the capture. */
import { Fifo } from './fifo.js';

/** Connections made at the same time, so that the listener's backlog does not overflow. */
const CONNECTING_MAX = 64;

interface Dialling {
  dial(): void;
}

export class ConnectGate {
  readonly #waiting = new Fifo<Dialling>();
  #connecting = 0;

  /** False where the lane has to wait: it is told to dial. */
  enter(lane: Dialling): boolean {
    if (this.#connecting < CONNECTING_MAX) {
      this.#connecting += 1;
      return true;
    }
    this.#waiting.push(lane);
    return false;
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next.dial();
    else this.#connecting -= 1;
  }
}

interface Proceeding {
  proceed(): void;
}

/** Connections that were opened in the capture after others had closed wait until those are over. */
export class Succession {
  /** Closings in the order of the capture, over or not. */
  readonly #closings = new Fifo<{ isOver: boolean }>();
  readonly #openings = new Fifo<{ readonly after: number; readonly lane: Proceeding }>();
  #closed = 0;
  /** Closings, from the first, that are all over. */
  #over = 0;

  /** To be called where the capture closes a connection; the function that it returns, when that is over. */
  closing(): () => void {
    const closing = { isOver: false };
    this.#closings.push(closing);
    this.#closed += 1;
    return () => {
      closing.isOver = true;
      this.#advance();
    };
  }

  /** Whether what had closed before this moment of the capture is over. */
  opening(lane: Proceeding): () => boolean {
    const after = this.#closed;
    if (after > this.#over) this.#openings.push({ after, lane });
    return () => after <= this.#over;
  }

  #advance(): void {
    while (this.#closings.peek()?.isOver) {
      this.#closings.shift();
      this.#over += 1;
    }
    for (let next = this.#openings.peek(); next && next.after <= this.#over; next = this.#openings.peek()) {
      this.#openings.shift();
      next.lane.proceed();
    }
  }
}
