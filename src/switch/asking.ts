/**
 * What is short here and may come through the network within the sale (CAPABILITIES P7): PINs, or a merchant's money.
 *
 *   tried (short: nothing recorded)  ->  the hub is asked for all that lacks  ->  tried again  ->  …  ->  tried for
 *   the last time: sold, opened at a supplier, or declined, as without a network
 *
 * Stops anywhere before the last commit: nothing stands, a repeat is fresh, and what the hub sent is ordinary stock. A
 * repeat meanwhile attaches (supplied.ts) and asks for nothing. A reversal meanwhile leaves a tombstone, which the
 * next try meets: declined, and what comes is ordinary stock.
 */
import { SafeError } from '../base/errors.js';
import type { JournalEntry, Lack, Short } from '../store/store.js';
import { merchantOf } from './charges.js';
import type { SwitchContext } from './context.js';

export const ASKING = {
  /** Askings in one sale: what comes may go to another sale first. */
  roundsMax: 8,
  /** Left of a sale's time for its last commit and its answer, milliseconds; of a short one, a quarter. */
  reserveMs: 1_000,
} as const;

/** Whether a first try may say that it is short: at a member of a network, while there is room to wait. */
export function mayAsk({ network, atSuppliers, limits }: SwitchContext): boolean {
  return network !== undefined && atSuppliers.size < limits.atSuppliersMax;
}

/** Until when the hub may be asked. A supplier that is to be asked after it has three quarters of the time. */
export function askUntil(
  { times }: Pick<SwitchContext, 'times'>,
  { receivedAt }: Pick<JournalEntry, 'receivedAt'>,
  isSupplied: boolean,
): number {
  const quarter = times.saleMs / 4;
  const given = isSupplied ? quarter : times.saleMs - Math.min(ASKING.reserveMs, quarter);
  return receivedAt + given;
}

/** Asks for what it lacks and tries again, the last time whatever is there. */
export async function fill<R extends { readonly kind: string }>(
  context: SwitchContext,
  until: number,
  attempt: (mayWait: boolean) => Promise<R | Short>,
  first: Short,
): Promise<R> {
  let lacks: readonly Lack[] | undefined = first.lacks;
  for (let round = 1; lacks; round += 1) {
    const came = await ask(context, lacks, until);
    const isLast = !came || round === ASKING.roundsMax || context.clock.now() >= until;
    const result: R | Short = await attempt(!isLast);
    if (!isShort(result)) return result;
    lacks = isLast ? undefined : result.lacks;
  }
  throw new SafeError('a sale that may not wait was told that it is short');
}

function isShort(result: { readonly kind: string }): result is Short {
  return result.kind === 'short';
}

/** True where all of it came, or may have come. A switch that was told to stop lacks all and is given nothing. */
async function ask({ network }: SwitchContext, lacks: readonly Lack[], until: number): Promise<boolean> {
  if (!network) return false;
  const asked = lacks.map((lack) => {
    if (lack.of === 'stock') return network.askPins(lack.product, lack.count, until);
    const merchant = merchantOf(lack.account);
    return merchant !== undefined && network.askMoney(merchant, lack.currency, lack.amount, until);
  });
  return (await Promise.all(asked)).every((came) => came);
}
