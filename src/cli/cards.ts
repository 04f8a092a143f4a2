/**
 * `prepaid-switch cards`: takes value cards in, finds one by its number, shows how many stand where. Works on the
 * database itself, also while the switch runs. No command shows a whole number, nor a PIN.
 */
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import { CARD_NUMBER } from '../domain/card.js';
import type { Store } from '../store/store.js';
import { NotSo, print, printJson, shortName, UsageError } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { refusals } from './refusals.js';

interface IntakeOptions extends DataOptions {
  readonly supplier: string;
  readonly config?: string;
  readonly report?: string;
}

const EXAMPLES = `
Examples:
  prepaid-switch cards intake cards.csv --supplier acme --report refused.txt
  echo 6001234567890123 | prepaid-switch cards find -
  prepaid-switch cards levels --json`;

export function register(program: Command): void {
  const cards = program
    .command('cards')
    .description('take value cards in, find one, see how many stand where')
    .addHelpText('after', EXAMPLES);
  withData(cards.command('intake <file>'))
    .description(
      'take in a CSV batch: product,card,pin,expiry (YYYY-MM-DD; pin empty where none is printed); run again, it goes on where it stopped',
    )
    .option('--supplier <name>', 'who made these cards', shortName, 'default')
    .option('--config <file>', 'refuse products that this configuration does not have as cards')
    .option('--report <file>', 'add refused rows to this file, one a line (else: to standard error)')
    .action(intake);
  withData(cards.command('find <number>'))
    .description(
      'how a card stands; - reads its number from standard input; exit code 1 where it is not known',
    )
    .action(find);
  withData(cards.command('levels')).description('how many cards of each product stand how').action(levels);
}

async function intake(file: string, options: IntakeOptions): Promise<void> {
  const { summarise } = await import('../stock/batchFile.js');
  const { CARD_BATCH, intakeCards } = await import('../stock/cardIntake.js');
  const { progressBar } = await import('./progress.js');
  const products = options.config === undefined ? undefined : await productsOf(options.config);
  // A file that is no batch makes no database and no keys.
  await summarise(file, CARD_BATCH.header);
  const refused = refusals(options.report);
  const report = await withVault(
    options,
    async (store, vault) => {
      const bar = progressBar('intake', 'lines');
      try {
        return await intakeCards({ store, vault, clock: systemClock }, file, {
          supplier: options.supplier,
          ...(products ? { products } : {}),
          onProgress: bar.update,
          onRefused: refused.add,
        });
      } finally {
        bar.stop();
        refused.end();
      }
    },
    true,
  );
  if (options.json) return printJson({ taken: report.taken, refused: report.refused });
  print(`${report.taken} taken in, ${report.refused} refused`);
}

async function productsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const { readConfig } = await import('../app/config.js');
  const { catalogue } = readConfig(file, process.env);
  return new Map(catalogue.products.filter(({ kind }) => kind === 'card').map(({ code }) => [code, code]));
}

async function withVault<T>(
  options: DataOptions,
  task: (store: Store, vault: import('../stock/vault.js').Vault) => Promise<T>,
  create = false,
): Promise<T> {
  const { dataFolder } = await import('../app/data.js');
  const { openKeys } = await import('../app/keys.js');
  const { openVault } = await import('../stock/vault.js');
  const folder = dataFolder(options.data);
  const opened = async (store: Store) => {
    const keyring = await openKeys(store, folder, systemRandom);
    return task(store, await openVault(store, keyring, systemRandom));
  };
  return withStore(options, opened, create);
}

async function find(given: string, options: DataOptions): Promise<void> {
  const number = given === '-' ? (await text(process.stdin)).trim() : given;
  if (!CARD_NUMBER.test(number)) throw new UsageError('a card number is 4 to 40 letters and digits');
  const found = await withVault(options, (store, vault) => store.card(vault.markCard(number)));
  if (!found) throw new NotSo('no such card');
  const record = {
    card: `${'*'.repeat(number.length - 4)}${number.slice(-4)}`,
    product: found.product,
    state: found.state,
    expiry: found.expiry,
    printedPin: found.hasPin,
    terminal: found.terminal,
    transaction: found.movedIn || null,
  };
  if (options.json) return printJson(record);
  print(
    table(
      Object.entries(record).map(([name, value]) => [name, String(value ?? '')]),
      0,
    ),
  );
}

async function levels(options: DataOptions): Promise<void> {
  const found = await withStore(options, (store) => store.cardLevels());
  const byProduct: Record<string, Record<string, number>> = {};
  for (const { product, state, count } of found) {
    byProduct[product] ??= {};
    byProduct[product][state] = count;
  }
  if (options.json) return printJson(byProduct);
  const rows = found.map(({ product, state, count }) => [product, state, String(count)]);
  print(table([['product', 'state', 'cards'], ...rows], 0));
}
