/**
 * The calling side of one worker. Verbs called in one tick go over in one message, or in several of `messageMax`;
 * the worker takes what waits into one commit. Results come back in the order of the verbs. At most `queueMax` verbs wait.
 */
import type { Clock } from '../../../base/clock.js';
import { StoreBroken, StoreBusy, StoreFull, StoreInvalid, StoreRefused } from '../../errors.js';
import type { StoreLimits } from '../limits.js';
import type { Incoming } from '../thread.js';
import { Cursor, type Flat, type Notice, STATUS } from './flat.js';

/** The thread on the far side. It is begun by 'open', and answers each message in its turn. */
export interface FarSide {
  post(message: Incoming | 'open'): void;
  /** `ended`: it takes no message any more, and nobody can say what became of those that it was sent. */
  listen(message: (message: Flat | Notice) => void, ended: (text: string) => void): void;
  /** Resolves when it runs no more. */
  terminate(): Promise<unknown>;
}

export interface ChannelDeps {
  readonly clock: Pick<Clock, 'soon' | 'after'>;
  readonly limits: StoreLimits;
  readonly onBroken: (error: StoreBroken) => void;
  readonly onCheckpoint: () => void;
}

interface Waiting {
  readonly read: (input: Cursor) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Between two attempts to end a doubt, milliseconds. */
const SETTLE_MS = 100;

export class Channel {
  readonly #worker: FarSide;
  readonly #clock: ChannelDeps['clock'];
  readonly #limits: StoreLimits;
  readonly #onBroken: (error: StoreBroken) => void;
  readonly #onCheckpoint: () => void;
  readonly #ready: Promise<void>;
  readonly #closed: Promise<void>;
  #settleReady: (error?: Error) => void = () => {};
  #settleClosed: () => void = () => {};
  /** First in, first out; those before #next have been answered. */
  #waiting: Waiting[] = [];
  #next = 0;
  #message: Flat = [0];
  /** Those whose results come when a doubt has ended, in their order. */
  #aside: Waiting[] = [];
  #isSettled = false;
  /** Their thread will be asked again. */
  #isAsking = false;
  #scheduled = false;
  #end: Error | undefined;

  constructor(worker: FarSide, { clock, limits, onBroken, onCheckpoint }: ChannelDeps) {
    this.#onCheckpoint = onCheckpoint;
    this.#clock = clock;
    this.#limits = limits;
    this.#onBroken = onBroken;
    this.#ready = new Promise((resolve, reject) => {
      this.#settleReady = (error) => (error ? reject(error) : resolve());
    });
    // It may fail before anybody has opened it.
    this.#ready.catch(() => {});
    this.#closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
    this.#worker = worker;
    worker.listen(
      (message) => {
        if (Array.isArray(message)) this.#answer(message);
        else this.#noted(message);
      },
      (text) => this.fail(text),
    );
  }

  /** Opens the file; resolves when verbs may be called. Rejects with StoreRefused where it must not be opened. */
  open(): Promise<void> {
    this.#worker.post('open');
    return this.#ready;
  }

  /** `write` packs the arguments, `read` unpacks the result; `weight` says how much of a commit it takes up. */
  call<T>(operation: number, write: (out: Flat) => void, read: (input: Cursor) => T, weight = 1): Promise<T> {
    if (this.#end) return Promise.reject(this.#end);
    if (this.#waiting.length - this.#next + this.#aside.length >= this.#limits.queueMax) {
      return Promise.reject(new StoreBusy(`store: ${this.#limits.queueMax} verbs are waiting`));
    }
    // What is heavy goes alone, behind what waits already.
    if (weight > 1) this.#post();
    return new Promise<T>((resolve, reject) => {
      const message = this.#message;
      const start = message.push(operation, 0);
      write(message);
      message[start - 1] = message.length - start;
      message[0] = (message[0] as number) + weight;
      this.#waiting.push({ read, resolve, reject });
      if (message[0] >= this.#limits.messageMax) this.#post();
      else if (!this.#scheduled) {
        this.#scheduled = true;
        this.#clock.soon(() => {
          this.#scheduled = false;
          this.#post();
        });
      }
    });
  }

  /** Between verbs. */
  checkpoint(): void {
    if (!this.#end) this.#worker.post('checkpoint');
  }

  /** Ends the thread, whatever it is at: nothing was accepted yet. */
  async abandon(): Promise<void> {
    this.#end ??= new StoreRefused('store: not opened');
    await this.#worker.terminate();
  }

  /** Resolves when everything accepted is on disk and the file is closed. */
  async close(): Promise<void> {
    if (!this.#end) {
      this.#post();
      this.#end = new StoreRefused('store: shut down');
      this.#worker.post('close');
    }
    await this.#closed;
    await this.#worker.terminate();
  }

  #post(): void {
    if (this.#message.length === 1 || this.#end) return;
    this.#worker.post(this.#message);
    this.#message = [0];
  }

  #answer(results: Flat): void {
    // Whoever waited has been told that nobody can say.
    if (this.#end instanceof StoreBroken) return;
    const input = new Cursor(results, 0);
    if (this.#isSettled) {
      this.#isSettled = false;
      const aside = this.#aside;
      this.#aside = [];
      for (const one of aside) this.#result(one, input);
      return;
    }
    while (input.at < results.length) this.#result(this.#waiting[this.#next++] as Waiting, input);
    if (this.#next === this.#waiting.length || this.#next > this.#limits.batchMax) {
      this.#waiting = this.#waiting.slice(this.#next);
      this.#next = 0;
    }
  }

  #result(one: Waiting, input: Cursor): void {
    const { read, resolve, reject } = one;
    const status = input.number();
    if (status === STATUS.done) resolve(read(input) as never);
    else if (status === STATUS.full) reject(new StoreFull('store: the disk is full'));
    else if (status === STATUS.busy)
      reject(new StoreBusy('store: the database is held by another process, or away'));
    else if (status === STATUS.aside) this.#setAside(one);
    else reject(new StoreInvalid(`store: ${input.text()}`));
  }

  #setAside(one: Waiting): void {
    this.#aside.push(one);
    if (!this.#isAsking) this.#askAgain();
  }

  #askAgain(): void {
    this.#isAsking = true;
    this.#clock.after(SETTLE_MS, () => {
      this.#isAsking = false;
      if (this.#aside.length === 0 || this.#end) return;
      this.#worker.post('settle');
      this.#askAgain();
    });
  }

  #noted({ kind, text }: Notice): void {
    if (kind === 'ready') this.#settleReady();
    else if (kind === 'refused') {
      this.#end = new StoreRefused(text);
      this.#settleReady(this.#end);
      this.#settleClosed();
    } else if (kind === 'closed') this.#settleClosed();
    else if (kind === 'checkpoint') this.#onCheckpoint();
    else if (kind === 'settled') this.#isSettled = true;
    else this.fail(text);
  }

  /** Nobody can say what stands. Also what an ending thread comes to: harmless where it was told to end. */
  fail(text: string): void {
    this.#settleClosed();
    const waiting = [...this.#aside, ...this.#waiting.slice(this.#next)];
    const expected = this.#end !== undefined && waiting.length === 0;
    if (expected) return;
    const error = new StoreBroken(`store: ${text}`);
    this.#end = error;
    this.#waiting = [];
    this.#aside = [];
    this.#next = 0;
    this.#message = [0];
    this.#settleReady(error);
    for (const { reject } of waiting) reject(error);
    this.#onBroken(error);
  }
}
