/**
 * Intake of value cards: as of PINs (intake.ts), from a CSV batch with the header `product,card,pin,expiry`. A card's
 * number is 4 to 40 letters and digits, and known once whoever made it; its PIN is empty where none is printed. Both
 * are sealed before they reach the store, under the number's mark; no error and no report quotes either.
 */
import { CARD_NUMBER } from '../domain/card.js';
import type { CardRow } from '../store/store.js';
import { type BatchLayout, expiryFault, pinFault, productFault } from './batchFile.js';
import { type IntakeDeps, type IntakeOptions, type IntakeReport, takeInFile } from './intake.js';
import type { Vault } from './vault.js';

interface CardBatchRow {
  readonly line: number;
  readonly product: string;
  /** Sensitive, as the PIN. */
  readonly number: string;
  readonly pin: string;
  readonly expiry: string;
}

export const CARD_BATCH: BatchLayout<CardBatchRow> = {
  header: 'product,card,pin,expiry',
  rowOf([product = '', number = '', pin = ''], line, expiry) {
    const fault =
      productFault(product) ??
      (CARD_NUMBER.test(number) ? undefined : 'card: expected 4 to 40 letters and digits') ??
      (pin === '' ? undefined : pinFault(pin)) ??
      expiryFault(expiry);
    return fault ?? { line, product, number, pin, expiry };
  },
};

/** Throws BatchError where the file cannot be read or is no batch; nothing has been changed then. */
export function intakeCards(deps: IntakeDeps, file: string, options: IntakeOptions): Promise<IntakeReport> {
  const { store, vault } = deps;
  return takeInFile(deps, file, options, {
    layout: CARD_BATCH,
    seal: (row, batch) => sealed(vault, row, batch),
    takeIn: (chunk) => store.takeInCards(chunk),
    stateOf: (intake) => store.cardIntakeState(intake),
    known: 'card already known',
  });
}

function sealed(vault: Vault, { line, product, number, pin, expiry }: CardBatchRow, batch: number): CardRow {
  const mark = vault.markCard(number);
  return {
    line,
    product,
    sealed: vault.sealPin(batch, product, `card ${mark}`, number),
    mark,
    pin: pin === '' ? null : vault.sealPin(batch, product, `card's PIN ${mark}`, pin),
    expiry,
  };
}
