/** Transfers as parcels: read from the books, which had them first, and sealed anew for every answer. */
import type { Random } from '../../base/random.js';
import { UnknownKeyBatch, type Vault } from '../../stock/vault.js';
import type { NetworkSwitch, OutgoingTransfer, Store } from '../../store/store.js';
import { WIRE_LIMITS } from '../wire/messages.js';
import { sealParcel } from '../wire/parcel.js';
import type { HubIdentity } from './identity.js';

export class Outgoing {
  readonly #store: Store;
  readonly #vault: Vault;
  readonly #random: Random;
  readonly #hub: HubIdentity;
  /** Batches whose data keys each switch was handed by this process, by its name and epoch. */
  readonly #handed = new Map<string, Set<number>>();

  constructor(store: Store, vault: Vault, random: Random, hub: HubIdentity) {
    this.#store = store;
    this.#vault = vault;
    this.#random = random;
    this.#hub = hub;
  }

  /** In order, from the one after that number on; as many as fit one answer. */
  async parcels(to: NetworkSwitch, after: number): Promise<Buffer[]> {
    const transfers = await this.#store.transfersAfter(to.id, after, WIRE_LIMITS.answerPinsMax);
    const parcels: Buffer[] = [];
    for (const transfer of transfers) {
      // Of an enrolment before this one: nobody may have it any more.
      if (transfer.epoch !== to.epoch) continue;
      const dataKeys = await this.#dataKeys(transfer);
      await this.#noteHanding(to, [...dataKeys.keys()]);
      const addressee = { network: this.#hub.network, name: to.name, publicKey: to.publicKey };
      parcels.push(sealParcel({ ...transfer, dataKeys }, addressee, this.#hub.keys, this.#random));
    }
    return parcels;
  }

  /** Once for each: a transfer of every minute is no news. */
  async #noteHanding({ name, epoch }: NetworkSwitch, batches: readonly number[]): Promise<void> {
    const of = `${name} ${epoch}`;
    const handed = this.#handed.get(of) ?? new Set();
    const fresh = batches.filter((batch) => !handed.has(batch));
    if (fresh.length === 0) return;
    await this.#store.note('handDataKeys', { switch: name, epoch, batches: fresh.join() });
    this.#handed.set(of, new Set([...handed, ...fresh]));
  }

  /** A batch may have been added by an intake in another process. */
  async #dataKeys({ pins }: OutgoingTransfer): Promise<ReadonlyMap<number, Uint8Array>> {
    const keys = (): ReadonlyMap<number, Uint8Array> =>
      new Map(
        [...new Set(pins.map(({ batch }) => batch))].map((batch) => [batch, this.#vault.dataKey(batch)]),
      );
    try {
      return keys();
    } catch (error) {
      if (!(error instanceof UnknownKeyBatch)) throw error;
      await this.#vault.learnBatches();
      return keys();
    }
  }
}
