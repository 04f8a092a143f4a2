/** The calling side of a member switch's verbs: arguments and results cross whole. */
import type {
  Contact,
  ContactEnd,
  HeldPin,
  Incoming,
  IncomingResult,
  Joining,
  LeaseStatement,
  Membership,
  MemberVerbs,
  NetworkChange,
  Recall,
  SalesPortion,
  StockStatement,
} from '../../memberVerbs.js';
import { nothing, whether, whole } from '../crossing/caller.js';
import { toLatin1 } from '../crossing/flat.js';
import { HubStore } from './hubClient.js';
import type { PackedIncoming } from './transfersIn.js';

export class MemberStore extends HubStore implements MemberVerbs {
  membership() {
    return this.read('membership', nothing, (input) => (input.scalar() as Membership | null) ?? undefined);
  }

  join(joining: Joining) {
    return this.write('join', (out) => out.push(joining, this.clock.now()), whether);
  }

  stopSelling(why: string) {
    return this.write('stopSelling', (out) => out.push(why), nothing);
  }

  tookRevision(revision: number) {
    return this.write('tookRevision', (out) => out.push(revision), nothing);
  }

  beginContact(nextLink: string) {
    return this.write('beginContact', (out) => out.push(nextLink), whole<Contact>);
  }

  endContact(end: ContactEnd) {
    return this.write('endContact', (out) => out.push(end), whether);
  }

  adoptKeyBatch(origin: number, keyId: string, wrapped: Uint8Array) {
    return this.write('adoptKeyBatch', (out) => out.push({ origin, keyId, wrapped }), whole<number>);
  }

  adoptedKeyBatches() {
    return this.read('adoptedKeyBatches', nothing, whole<ReadonlyMap<number, number>>);
  }

  transferIn({ pins, ...rest }: Incoming) {
    const packed: PackedIncoming = { ...rest, count: pins.length };
    return this.write(
      'transferIn',
      (out) => {
        out.push(packed);
        for (const { product, supplier, batch, sealed, mark, serial, expiry } of pins)
          out.push(product, supplier, batch, toLatin1(sealed), mark, serial, expiry);
      },
      whole<IncomingResult>,
      Math.max(this.limits.batchMax, pins.length),
    );
  }

  giveBack(recall: Recall, at: number) {
    return this.write('giveBack', (out) => out.push(recall, at), whether);
  }

  changes(after: number, limit: number) {
    return this.read('changes', (out) => out.push(after, limit), whole<readonly NetworkChange[]>);
  }

  networkSales(journal: number, settling: number, limit: number) {
    return this.read('networkSales', (out) => out.push(journal, settling, limit), whole<SalesPortion>);
  }

  statementOfStock() {
    return this.read('statementOfStock', nothing, whole<StockStatement>);
  }

  statementOfLeases() {
    return this.read('statementOfLeases', nothing, whole<LeaseStatement>);
  }

  heldPins(after: number, limit: number) {
    return this.read('heldPins', (out) => out.push(after, limit), whole<readonly HeldPin[]>);
  }
}
