/** Value cards for journeys: two products, a batch of cards, and what a terminal sends about one. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { identity, reversalOf } from './client.js';
import { commandLine } from './commandLine.js';
import { buildTlv, type IsoFields } from './iso.js';

import { creditConfig } from './supplier.js';

export const ACCOUNT = '5550001234';

const CARD = { kind: 'card', provider: 'TALKCO', currency: '840', price: 1000, credit: 'TOPUP' };
const OWN = {
  kind: 'credit',
  provider: 'OTHERCO',
  currency: '840',
  amountMin: 100,
  amountMax: 10_000,
  amountStep: 100,
};
const LINK = { mode: 'listen', host: '127.0.0.1', port: 0, framing: 'length2', acquirer: '000001' };

/** CARD10 has its PIN printed, or needs none; PINCARD gets one of TALK10 at activation; PURSE fills an account here. */
export function cardConfig(http: number): Record<string, unknown> {
  const base = creditConfig({ http });
  const catalogue = base.catalogue as { products: unknown[] };
  const products = [
    ...catalogue.products,
    { ...CARD, code: 'CARD10', name: 'Card 10', receipt: ['{product} {amount}'] },
    { ...CARD, code: 'PURSE', name: 'Purse card', credit: 'OWN' },
    { ...OWN, code: 'OWN', name: 'Purse', route: ['ledger'] },
    { ...CARD, code: 'PINCARD', name: 'Card with a PIN', value: 1500, pin: 'TALK10' },
  ];
  return {
    ...base,
    links: [
      { ...LINK, name: 'ascii', format: 'iso87-ascii', profile: 'default' },
      { ...LINK, name: 'ascii93', format: 'iso93-ascii', profile: 'default-1993' },
      { ...LINK, name: 'bcd', format: 'iso87-bcd', profile: 'pos-bcd' },
    ],
    catalogue: {
      ...catalogue,
      products,
      merchants: [{ id: 'DEMOMERCHANT001', name: 'Demonstration shop' }],
      terminals: [
        { id: 'DEMO0001', merchant: 'DEMOMERCHANT001' },
        { id: 'DEMO0002', merchant: 'DEMOMERCHANT001' },
      ],
    },
  };
}

const salt = String(Math.floor(Math.random() * 1e8)).padStart(8, '0');

/** The n-th card's number: sixteen digits. */
export function cardNumber(n: number): string {
  return `6011${salt}${String(n).padStart(4, '0')}`;
}

/** Takes in cards 1 to 20 of CARD10, 21 to 25 of PINCARD without a PIN, 26 with one printed, 27 of PURSE. */
export async function takeInCards(folder: string): Promise<void> {
  const rows = Array.from({ length: 27 }, (_, at) => {
    const n = at + 1;
    const product = n === 27 ? 'PURSE' : n > 20 ? 'PINCARD' : 'CARD10';
    return `${product},${cardNumber(n)},${n === 26 ? `77${salt}` : ''},2099-12-31`;
  });
  const file = join(folder, 'cards.csv');
  writeFileSync(file, `product,card,pin,expiry\n${rows.join('\n')}\n`);
  const result = await commandLine(['cards', 'intake', file, '--data', folder, '--json']);
  if (result.code !== 0) throw new Error(`intake failed: ${result.stderr}`);
}

/** Processing codes of the default profile. */
export const ACTIVATION = '720000';
export const REDEMPTION = '730000';
export const DEACTIVATION = '740000';
export const LOSS = '750000';

export function cardOf(n: number, processing: string, overrides: IsoFields = {}): Record<number, string> {
  return identity({ 3: processing, 48: buildTlv([['CN', cardNumber(n)]]), ...overrides });
}

export function redemptionOf(n: number, overrides: IsoFields = {}): Record<number, string> {
  return cardOf(n, REDEMPTION, { 102: ACCOUNT, ...overrides });
}

/** A reversal of one of these: what its original did not say it does not say either. */
export function undoing(original: IsoFields, overrides: IsoFields = {}): Record<number, string> {
  const fields = Object.entries(reversalOf(original, overrides)).filter(([, value]) => value !== '');
  return Object.fromEntries(fields);
}
