/** The verbs of cards on the calling side: packed as cardIntake.ts, cardMoves.ts and cardReads.ts read them. */
import type { CardState } from '../../../domain/card.js';
import type { Reason } from '../../../domain/reason.js';
import type {
  CardChunk,
  CardLevel,
  CardMove,
  CardMoveResult,
  CardRefused,
  CardVerbs,
  RedeemResult,
  Redemption,
  StoredCard,
  StoredOutcome,
} from '../../store.js';
import type { PackedCardChunk } from '../cards/cardIntake.js';
import type { PackedMove, PackedRedemption } from '../cards/cardMoves.js';
import { MemberStore } from '../network/memberClient.js';
import { pushEntry, takePins, takeTransaction } from './columns.js';
import { packEffects } from './effects.js';
import { type Cursor, type Flat, fromLatin1, toLatin1 } from './flat.js';
import { orShort, takeIntakeState, takeList, takeOpened } from './results.js';

export class CardStore extends MemberStore implements CardVerbs {
  takeInCards({ rows, ...chunk }: CardChunk) {
    const packed: PackedCardChunk = { ...chunk, count: rows.length };
    return this.write(
      'takeInCards',
      (out) => {
        out.push(packed);
        for (const { line, product, sealed, mark, pin, expiry } of rows) {
          out.push(line, product, toLatin1(sealed), mark, pin && toLatin1(pin), expiry);
        }
      },
      (input) => ({ taken: input.number(), known: input.object<number[]>() }),
      Math.max(this.limits.batchMax, rows.length),
    );
  }

  cardIntakeState(intake: string) {
    return this.read('cardIntakeState', (out) => out.push(intake), takeIntakeState);
  }

  moveCard({ entry, card, outcome, pinProduct, effects, mayWait }: CardMove) {
    const packed: PackedMove = {
      card,
      outcome,
      pinProduct,
      effects: packEffects(effects),
      mayWait: mayWait === true,
      now: this.clock.now(),
    };
    return this.write('moveCard', behind(entry, packed), moveOrShort);
  }

  redeem({ entry, card, at, outcome, account, effects }: Redemption) {
    const packed: PackedRedemption = {
      card,
      at: at ?? null,
      outcome,
      account,
      effects: packEffects(effects),
      now: this.clock.now(),
    };
    return this.write('redeem', behind(entry, packed), takeRedeemResult);
  }

  card(mark: string) {
    return this.read('card', (out) => out.push(mark), takeCard);
  }

  cardLevels() {
    return this.read(
      'cardLevels',
      () => {},
      (input) =>
        takeList(
          input,
          (each): CardLevel => ({
            product: each.text(),
            state: each.text() as CardState,
            count: each.number(),
          }),
        ),
    );
  }

  /** Many short commits, so that sales go on beside it. */
  async expireCards(today: string) {
    const { expireMax } = this.limits;
    for (let total = 0; ; ) {
      const moved = await this.write(
        'expireCards',
        (out) => out.push(today, expireMax),
        (input) => input.number(),
      );
      total += moved;
      if (moved < expireMax) return total;
    }
  }
}

function behind(entry: CardMove['entry'], packed: PackedMove | PackedRedemption): (out: Flat) => void {
  return (out) => {
    pushEntry(out, entry);
    out.push(packed);
  };
}

const moveOrShort = orShort(takeMoveResult);

function takeMoveResult(input: Cursor): CardMoveResult {
  const kind = input.text() as CardMoveResult['kind'];
  switch (kind) {
    case 'moved':
      return { kind, id: input.number(), pins: takePins(input) };
    case 'card-refused':
      return takeCardRefused(input);
    default:
      return takeOpened(kind, input);
  }
}

function takeRedeemResult(input: Cursor): RedeemResult {
  const kind = input.text() as RedeemResult['kind'];
  switch (kind) {
    case 'card-refused':
      return takeCardRefused(input);
    case 'redeemed-before':
      return { kind, id: input.number(), transaction: takeTransaction(input) };
    case 'card-held':
      return { kind };
    case 'redeemed':
      return { kind, id: input.number(), outcome: input.object<StoredOutcome>() };
    case 'opened':
      return { kind, id: input.number() };
    default:
      return takeOpened(kind, input);
  }
}

function takeCardRefused(input: Cursor): CardRefused {
  return { kind: 'card-refused', id: input.number(), reason: input.text() as Reason };
}

function takeCard(input: Cursor): StoredCard | undefined {
  const id = input.scalar() as number | null;
  if (id === null) return undefined;
  return {
    id,
    state: input.text() as CardState,
    product: input.text(),
    mark: input.text(),
    batch: input.number(),
    sealed: fromLatin1(input.text()),
    hasPin: input.number() === 1,
    expiry: input.text(),
    terminal: input.text(),
    movedIn: input.number(),
  };
}
