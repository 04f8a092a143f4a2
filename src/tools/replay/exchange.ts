/** One captured request on its way through a replay, with the captured answer and the live one. */
import type { Message } from '../../iso8583/index.js';
import type { PairKey } from './pairing.js';

/** `silent`: the capture shows that no answer came. `cut`: it cannot tell. */
export type CapturedEnd = 'open' | 'answered' | 'silent' | 'cut';
/** `closed`: the connection ended before the answer came. */
export type LiveEnd = 'unsent' | 'sent' | 'answered' | 'timeout' | 'closed';

/** A value of the request that was replaced: by `set`, or by what a live answer told. */
export interface Replaced {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** A connection that the other side closed; told of once. */
export interface Closure {
  readonly connection: number;
  isTold: boolean;
}

/** The live counterpart of a captured value. */
export interface Told {
  /** Undefined as long as the live answer has not come, and where it told none. */
  live: string | undefined;
  /** By which it will be told. */
  exchange: Exchange | undefined;
}

/** A value that the request cites of an earlier answer. */
export interface Cited {
  readonly path: string;
  readonly before: string;
  readonly told: Told;
}

export class Exchange {
  captured: CapturedEnd = 'open';
  capturedAnswer: Message | undefined;
  answeredAtUs = 0;
  /** The number of the captured answer's frame. */
  answeredIn = 0;
  live: LiveEnd = 'unsent';
  liveAnswer: Message | undefined;
  /** Why the live answer cannot be read. */
  liveFault: string | undefined;
  closure: Closure | undefined;
  sentAtMs = 0;
  liveMs = 0;
  /** As sent. */
  key: PairKey | undefined;
  sent: Message | undefined;
  replaced: readonly Replaced[] = [];
  cites: readonly Cited[] = [];
  /** By which others may name this one, and those of other connections that this one names (order.ts). */
  names: readonly string[] = [];
  follows: readonly { readonly other: Exchange; readonly isAnswered: boolean }[] = [];
  /** What the captured answer told that a later request may cite, and where it stands in the live one. */
  tells: readonly { readonly path: string; readonly told: Told }[] = [];
  /** Lanes that wait for this one's leaving or its answer. */
  followers: Set<{ proceed(): void }> | undefined;
  isSettled = false;

  constructor(
    /** Of the frame in the capture. */
    readonly number: number,
    readonly connection: number,
    readonly timeUs: number,
    readonly header: Buffer,
    readonly body: Buffer,
    /** Undefined where the body could not be read: it is sent as it is. */
    readonly request: Message | undefined,
    /** What pairs it with its captured answer; undefined where not even that could be read. */
    readonly capturedKey: PairKey | undefined,
  ) {}

  /** Nothing more is awaited from the live side. */
  get isHeard(): boolean {
    return this.live !== 'unsent' && this.live !== 'sent';
  }
}
