/**
 * What stands inside a parcel, in binary: a transfer's PINs, sealed as they lie at the hub, the data keys of their
 * batches, and money. Numbers are big-endian; a text is its length in one byte and its UTF-8.
 *
 *   product           text; empty for money
 *   data keys         u16 count, each: batch at the hub u32, key 32 bytes
 *   suppliers         u16 count, each: text
 *   leases            u16 count, each: merchant text, currency text, amount i64 (minor units)
 *   PINs              u32 count, each: data key u16, supplier u16 (places in the lists above), expiry YYYYMMDD u32,
 *                     mark text, serial text, sealed u16 length and bytes
 */
import { SafeError } from '../../base/errors.js';
import type { Lease, OutgoingPin } from '../../store/store.js';
import { KEY_BYTES } from './keys.js';

/** Says which field, and at which byte. */
export class ParcelError extends SafeError {
  override name = 'ParcelError';
}

export interface ParcelBody {
  readonly product: string;
  /** Of every batch that a PIN names, by its number at the hub. */
  readonly dataKeys: ReadonlyMap<number, Uint8Array>;
  readonly pins: readonly OutgoingPin[];
  readonly leases: readonly Lease[];
}

const START_BYTES = 4_096;
const TEXT_BYTES_MAX = 255;
const COUNT_MAX = 65_535;
/** More than the fixed members of one PIN, or one lease, come to. */
const ITEM_BYTES = 32;

/** Throws ParcelError where a text is too long for its place, or a PIN's data key is missing. */
export function writeBody({ product, dataKeys, pins, leases }: ParcelBody): Buffer {
  const out = new Writer();
  const batches = [...dataKeys.keys()];
  const suppliers = [...new Set(pins.map(({ supplier }) => supplier))];
  out.text(product, 'product');
  out.count(batches.length, 'dataKeys');
  for (const [batch, key] of dataKeys) {
    out.u32(batch);
    out.bytes(key);
  }
  out.count(suppliers.length, 'suppliers');
  for (const supplier of suppliers) out.text(supplier, 'supplier');
  out.count(leases.length, 'leases');
  for (const { merchant, currency, amount } of leases) {
    out.text(merchant, 'merchant');
    out.text(currency, 'currency');
    out.i64(amount);
  }
  const keyPlace = new Map(batches.map((batch, at) => [batch, at]));
  const supplierPlace = new Map(suppliers.map((supplier, at) => [supplier, at]));
  out.u32(pins.length);
  for (const { batch, supplier, expiry, mark, serial, sealed } of pins) {
    const place = keyPlace.get(batch);
    if (place === undefined) throw new ParcelError(`parcel: no data key of batch ${batch}`);
    out.count(place, 'batch');
    out.count(supplierPlace.get(supplier) ?? 0, 'supplier');
    out.u32(Number(expiry));
    out.text(mark, 'mark');
    out.text(serial, 'serial');
    out.count(sealed.length, 'sealed');
    out.bytes(sealed);
  }
  return out.done();
}

/** Throws ParcelError. The PINs' sealed bytes are parts of `bytes`. */
export function readBody(bytes: Buffer): ParcelBody {
  const input = new Reader(bytes);
  const product = input.text('product');
  const batches: number[] = [];
  const dataKeys = new Map<number, Uint8Array>();
  for (let left = input.u16('dataKeys'); left > 0; left -= 1) {
    const batch = input.u32('dataKeys.batch');
    batches.push(batch);
    dataKeys.set(batch, input.bytes(KEY_BYTES, 'dataKeys.key'));
  }
  const suppliers: string[] = [];
  for (let left = input.u16('suppliers'); left > 0; left -= 1) suppliers.push(input.text('suppliers'));
  const leases: Lease[] = [];
  for (let left = input.u16('leases'); left > 0; left -= 1) {
    const merchant = input.text('leases.merchant');
    leases.push({ merchant, currency: input.text('leases.currency'), amount: input.i64('leases.amount') });
  }
  const pins: OutgoingPin[] = [];
  for (let left = input.u32('pins'); left > 0; left -= 1) {
    const batch = input.listed(batches, 'pins.batch');
    const supplier = input.listed(suppliers, 'pins.supplier');
    const expiry = String(input.u32('pins.expiry')).padStart(8, '0');
    const mark = input.text('pins.mark');
    const serial = input.text('pins.serial');
    const sealed = input.bytes(input.u16('pins.sealed'), 'pins.sealed');
    pins.push({ supplier, batch, sealed, mark, serial, expiry });
  }
  input.end();
  return { product, dataKeys, pins, leases };
}

class Writer {
  #bytes = Buffer.allocUnsafe(START_BYTES);
  #at = 0;

  done(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A number of two bytes. */
  count(value: number, field: string): void {
    if (value > COUNT_MAX) throw new ParcelError(`parcel: ${field}: more than ${COUNT_MAX}`);
    this.#room(ITEM_BYTES);
    this.#at = this.#bytes.writeUInt16BE(value, this.#at);
  }

  u32(value: number): void {
    this.#room(ITEM_BYTES);
    this.#at = this.#bytes.writeUInt32BE(value, this.#at);
  }

  i64(value: number): void {
    this.#room(ITEM_BYTES);
    this.#at = this.#bytes.writeBigInt64BE(BigInt(value), this.#at);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  text(text: string, field: string): void {
    this.#room(1 + text.length * 3);
    const length = this.#bytes.write(text, this.#at + 1);
    if (length > TEXT_BYTES_MAX) throw new ParcelError(`parcel: ${field}: more than ${TEXT_BYTES_MAX} bytes`);
    this.#bytes[this.#at] = length;
    this.#at += 1 + length;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const wider = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    wider.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = wider;
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u16(field: string): number {
    return this.#bytes.readUInt16BE(this.#pass(2, field));
  }

  u32(field: string): number {
    return this.#bytes.readUInt32BE(this.#pass(4, field));
  }

  i64(field: string): number {
    const value = Number(this.#bytes.readBigInt64BE(this.#pass(8, field)));
    if (!Number.isSafeInteger(value)) throw this.#fault(field, 'not within 2^53');
    return value;
  }

  bytes(length: number, field: string): Buffer {
    const from = this.#pass(length, field);
    return this.#bytes.subarray(from, from + length);
  }

  text(field: string): string {
    const length = this.#bytes.readUInt8(this.#pass(1, field));
    const from = this.#pass(length, field);
    return this.#bytes.toString('utf8', from, from + length);
  }

  /** An item of a list that stood before, by its place. */
  listed<T>(list: readonly T[], field: string): T {
    const place = this.u16(field);
    const item = list[place];
    if (item === undefined) throw this.#fault(field, `${place} is not one of ${list.length}`);
    return item;
  }

  end(): void {
    if (this.#at < this.#bytes.length) throw this.#fault('end', 'more bytes than the last PIN');
  }

  #pass(length: number, field: string): number {
    const from = this.#at;
    if (from + length > this.#bytes.length) throw this.#fault(field, 'cut short');
    this.#at = from + length;
    return from;
  }

  #fault(field: string, fault: string): ParcelError {
    return new ParcelError(`parcel: ${field}: ${fault}, at byte ${this.#at} of its content`);
  }
}
