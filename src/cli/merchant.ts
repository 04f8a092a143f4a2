/**
 * `prepaid-switch merchant`: money that merchants pay in and get back, what each has left, and what moved it. Works
 * on the database, also while the switch runs: the next sale finds it. A payment with a reference enters once.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.js';
import type { Balance, Store } from '../store/store.js';
import { NotSo, print, printJson, textOf, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { refuseAtMember } from './member.js';

const LINES_MAX = 10_000;
/** As DE4 has it. */
const AMOUNT_MAX = 999_999_999_999;
const MERCHANT = 'merchant:';

interface MoveOptions extends DataOptions {
  readonly by: string;
  readonly why: string;
  readonly reference: string;
  readonly currency?: string;
  readonly config?: string;
}

interface StatementOptions extends DataOptions {
  readonly currency?: string;
  readonly before: number;
  readonly limit: number;
}

const EXAMPLES = `
Amounts are minor units.

Examples:
  prepaid-switch merchant fund SHOP 50000 --config switch.yaml --by ann --why "bank transfer" --reference B-2291
  prepaid-switch merchant balance SHOP
  prepaid-switch merchant statement SHOP --limit 20`;

export function register(program: Command): void {
  const merchant = program
    .command('merchant')
    .description("merchants' money: paid in, left, and what moved it")
    .addHelpText('after', EXAMPLES);
  const currency = textOf(/^\d{3}$/, 'an ISO 4217 numeric code, three digits');
  for (const [name, sign, description] of [
    ['fund', 1, 'money that the merchant paid in'],
    ['withdraw', -1, 'money paid back to the merchant, as far as it is there'],
  ] as const) {
    withData(merchant.command(`${name} <id> <amount>`).description(description))
      .requiredOption('--by <name>', 'who decides')
      .requiredOption('--why <text>', 'the reason, kept with the payment')
      .option('--reference <text>', 'names the payment, so that it enters once', '')
      .option('--currency <code>', "ISO 4217 numeric; else that of the merchant's account", currency)
      .option('--config <file>', 'where the merchant must stand')
      .action((id: string, amount: string, options: MoveOptions) =>
        move(id, sign * amountOf(amount), options),
      );
  }
  withData(merchant.command('balance [id]').description('what a merchant, or each, has left')).action(
    balance,
  );
  withData(merchant.command('statement <id>').description('what moved the account, latest first'))
    .option('--currency <code>', 'where it has more than one', currency)
    .option('--before <n>', 'lines before this number', wholeNumber(1, Number.MAX_SAFE_INTEGER), 0)
    .option('--limit <n>', 'at most so many', wholeNumber(1, LINES_MAX), 100)
    .action(statement);
}

function amountOf(text: string): number {
  try {
    return wholeNumber(1, AMOUNT_MAX)(text);
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw new UsageError(`AMOUNT: ${error.message}`);
    throw error;
  }
}

async function move(id: string, gain: number, options: MoveOptions): Promise<void> {
  const { by, why, reference } = options;
  const stated = options.currency ?? (await currencyIn(id, options.config));
  const result = await withStore(options, async (store) => {
    await refuseAtMember(store, "merchants' money comes");
    const currency = stated ?? (await currencyKnown(store, id));
    const account = `${MERCHANT}${id}`;
    const postings = [
      { account, currency, amount: gain, floor: 0 },
      { account: `cash:${id}`, currency, amount: -gain, floor: null },
    ];
    const posted = await store.post({ postings, by, why, reference, at: systemClock.now() });
    const held = (await accountsOf(store, id)).find((one) => one.currency === currency);
    return { merchant: id, result: posted.kind, balance: held?.balance ?? 0, currency };
  });
  if (options.json) printJson(result);
  if (result.result === 'refused') throw new NotSo(`${id}: has ${result.balance}, less than that`);
  if (options.json) return;
  if (result.result === 'known') print(`${reference} was entered before: nothing changed`);
  print(`${id} has ${result.balance} (${result.currency})`);
}

/** Undefined where there is no configuration to ask, or the merchant has no account in it. */
async function currencyIn(id: string, config: string | undefined): Promise<string | undefined> {
  if (config === undefined) return undefined;
  const { readConfig } = await import('../app/config.js');
  const { merchants } = readConfig(config, process.env).catalogue;
  const merchant = merchants.find((one) => one.id === id);
  if (!merchant) throw new UsageError(`${config}: has no merchant ${id}`);
  return merchant.account?.currency;
}

async function currencyKnown(store: Store, id: string): Promise<string> {
  const [only, ...others] = await accountsOf(store, id);
  if (only && others.length === 0) return only.currency;
  throw new UsageError(`${id}: --currency, or --config where the merchant has an account`);
}

async function accountsOf(store: Store, id: string): Promise<readonly Balance[]> {
  const account = `${MERCHANT}${id}`;
  return (await store.balances(account)).filter((one) => one.account === account);
}

async function balance(id: string | undefined, options: DataOptions): Promise<void> {
  const found = await withStore(options, (store) =>
    id === undefined ? store.balances(MERCHANT) : accountsOf(store, id),
  );
  const balances = found.map(({ account, currency, balance }) => ({
    merchant: account.slice(MERCHANT.length),
    balance,
    currency,
  }));
  if (options.json) printJson({ balances });
  else {
    const rows = balances.map((one) => [one.merchant, String(one.balance), one.currency]);
    print(table([['merchant', 'balance', 'currency'], ...rows], 0));
  }
  if (id !== undefined && balances.length === 0) throw new NotSo(`${id}: nothing was ever paid in or sold`);
}

async function statement(id: string, options: StatementOptions): Promise<void> {
  const { before, limit } = options;
  const found = await withStore(options, async (store) => {
    const currency = options.currency ?? (await currencyKnown(store, id));
    const lines = await store.statement({ account: `${MERCHANT}${id}`, currency, before, limit });
    return { merchant: id, currency, lines };
  });
  const lines = found.lines.map(({ number, transaction, adjustment, amount, at }) => ({
    number,
    transaction: transaction || null,
    adjustment: adjustment || null,
    amount,
    at: new Date(at).toISOString(),
  }));
  if (options.json) return printJson({ ...found, lines });
  const rows = lines.map((line) => [
    String(line.number),
    line.at,
    String(line.amount),
    line.transaction === null ? `adjustment ${line.adjustment}` : `transaction ${line.transaction}`,
  ]);
  print(table([['line', 'at', found.currency, 'by'], ...rows], 0));
}
