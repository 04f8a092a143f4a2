/** Transfers that a switch has not applied, packed flat for the calling side: a portion may be thousands of PINs. */
import type { OutgoingPin, OutgoingTransfer } from '../../hubVerbs.js';
import type { Lease } from '../../memberVerbs.js';
import type { Cursor, Flat } from '../crossing/flat.js';
import type { Connection } from '../engine.js';
import type { Handler } from '../journal/journal.js';

export const TRANSFERS_AFTER = `SELECT number, epoch, product, merchant, currency, count
  FROM network_switch JOIN network_transfer ON network_transfer.holder = network_switch.holder
  AND number > max(?, applied) WHERE network_switch.id = ? AND state = 'active' AND why = ''
  AND NOT EXISTS (SELECT 1 FROM setting WHERE name = 'hub.behind' AND value <> '') ORDER BY number`;
export const TRANSFER_PINS = `SELECT supplier, batch, hex(sealed), mark, serial, expiry FROM pin
  WHERE custody = 'transit' AND holder = (SELECT holder FROM network_switch WHERE id = ?) AND transfer = ?`;
const PIN_SIZE = 6;

interface Row {
  readonly number: number;
  readonly epoch: number;
  readonly product: string;
  readonly merchant: string;
  readonly currency: string;
  readonly count: number;
}

/** What may be out there already does not leave while these books are known to be old. */
export function transfersAfter(db: Connection): Handler {
  const transfers = db.prepare<[number, number], Row>(TRANSFERS_AFTER);
  const pins = db.prepare<[number, number], Flat>(TRANSFER_PINS).raw();
  return (input, out) => {
    const switchId = input.number();
    const after = input.number();
    const pinsMax = input.number();
    const counted = out.push(0) - 1;
    let given = 0;
    let sum = 0;
    for (const { number, epoch, product, merchant, currency, count } of transfers.iterate(after, switchId)) {
      const isMoney = merchant !== '';
      if (given > 0 && !isMoney && sum + count > pinsMax) break;
      const found = isMoney ? [] : pins.all(switchId, number);
      out.push(number, epoch, product, merchant, currency, count, found.length);
      for (const pin of found) out.push(...pin);
      given += 1;
      sum += found.length;
    }
    out[counted] = given;
  };
}

export function takeTransfers(input: Cursor): readonly OutgoingTransfer[] {
  const transfers: OutgoingTransfer[] = [];
  for (let left = input.number(); left > 0; left -= 1) transfers.push(takeTransfer(input));
  return transfers;
}

function takeTransfer(input: Cursor): OutgoingTransfer {
  const number = input.number();
  const epoch = input.number();
  const product = input.text();
  const merchant = input.text();
  const currency = input.text();
  const amount = input.number();
  const count = input.number();
  const leases: Lease[] = merchant === '' ? [] : [{ merchant, currency, amount }];
  const pins = takePins(input, count);
  return { number, epoch, product, pins, leases };
}

function takePins(input: Cursor, count: number): OutgoingPin[] {
  const { values } = input;
  const pins: OutgoingPin[] = new Array(count);
  for (let index = 0; index < count; index += 1) {
    const at = input.at + index * PIN_SIZE;
    pins[index] = {
      supplier: values[at] as string,
      batch: values[at + 1] as number,
      sealed: Buffer.from(values[at + 2] as string, 'hex'),
      mark: values[at + 3] as string,
      serial: values[at + 4] as string,
      expiry: values[at + 5] as string,
    };
  }
  input.at += count * PIN_SIZE;
  return pins;
}
