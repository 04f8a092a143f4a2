/**
 * `prepaid-switch stock`: takes batches in, shows levels, audits custody, decides about quarantined PINs. Works on
 * the database itself, also while the switch runs. No command shows a PIN.
 */
import type { Command } from 'commander';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import type { IntakeReport } from '../stock/intake.js';
import type { Store } from '../store/store.js';
import { NotSo, print, printJson, shortName, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';
import { refuseAtMember } from './member.js';
import { refusals } from './refusals.js';
import { registerExport } from './stock-export.js';
import { auditSwitches, levelTable, networkLevels, type SwitchAudit, switchTable } from './stock-network.js';

interface IntakeOptions extends DataOptions {
  readonly supplier: string;
  readonly config?: string;
  readonly report?: string;
}

interface DecideOptions extends DataOptions {
  readonly by: string;
  readonly why: string;
}

interface AuditOptions extends DataOptions {
  readonly wait: number;
}

/** Seconds. */
const WAIT_MAX_S = 600;
/** PINs of one listing of the quarantine. */
const LISTED_MAX = 100_000;

const EXAMPLES = `
Examples:
  prepaid-switch stock intake batch.csv --supplier acme --report refused.txt
  prepaid-switch stock levels
  prepaid-switch stock audit --json
  prepaid-switch stock quarantine list
  prepaid-switch stock quarantine release 17 18 --by ann --why "terminal log shows no print"`;

export function register(program: Command): void {
  const stock = program
    .command('stock')
    .description('take PINs in, see levels, audit custody')
    .addHelpText('after', EXAMPLES);
  withData(stock.command('intake <file>'))
    .description(
      'take in a CSV batch: product,pin,serial,expiry (YYYY-MM-DD); run again, it goes on where it stopped',
    )
    .option(
      '--supplier <name>',
      'whose PINs these are; the same PIN of another supplier is another PIN',
      shortName,
      'default',
    )
    .option('--config <file>', 'refuse products that this configuration does not have')
    .option('--report <file>', 'add refused rows to this file, one a line (else: to standard error)')
    .action(intake);
  withData(stock.command('levels')).description('how many PINs of each product are where').action(levels);
  withData(stock.command('audit'))
    .description('prove that every PIN taken in is in exactly one place; exit code 1 where it is not')
    .option(
      '--wait <seconds>',
      "at a hub: how long to wait for connected switches' statements",
      wholeNumber(0, WAIT_MAX_S),
      5,
    )
    .action(audit);
  registerExport(stock);
  const quarantine = stock.command('quarantine').description('PINs whose sale was reversed');
  withData(quarantine.command('list')).description('which they are').action(listQuarantined);
  for (const to of ['release', 'void'] as const) {
    withData(quarantine.command(`${to} <ids...>`))
      .description(
        to === 'release'
          ? 'back to stock, by a recorded decision'
          : 'never to be sold, by a recorded decision',
      )
      .requiredOption('--by <name>', 'who decides')
      .requiredOption('--why <text>', 'the reason, kept with the decision')
      .action((ids: string[], options: DecideOptions) =>
        decide(ids, to === 'release' ? 'stock' : 'void', options),
      );
  }
}

async function intake(file: string, options: IntakeOptions): Promise<void> {
  const { dataFolder } = await import('../app/data.js');
  const { openKeys } = await import('../app/keys.js');
  const { summarise } = await import('../stock/batchFile.js');
  const { intakeFile } = await import('../stock/intake.js');
  const { openVault } = await import('../stock/vault.js');
  const { progressBar } = await import('./progress.js');
  const products = options.config === undefined ? undefined : await productsOf(options.config);
  // A file that is no batch makes no database and no keys.
  await summarise(file);
  const refused = refusals(options.report);
  const folder = dataFolder(options.data);
  const task = async (store: Store): Promise<IntakeReport> => {
    await refuseAtMember(store, 'stock comes');
    const vault = await openVault(store, await openKeys(store, folder, systemRandom), systemRandom);
    const bar = progressBar('intake', 'lines');
    try {
      return await intakeFile({ store, vault, clock: systemClock }, file, {
        supplier: options.supplier,
        ...(products ? { products } : {}),
        onProgress: bar.update,
        onRefused: refused.add,
      });
    } finally {
      bar.stop();
      refused.end();
    }
  };
  const report = await withStore(options, task, true);
  const { taken, resumedAfter } = report;
  if (options.json) return printJson({ taken, refused: report.refused });
  print(
    `${taken} taken in, ${report.refused} refused${resumedAfter > 0 ? `; went on behind line ${resumedAfter}` : ''}`,
  );
}

async function productsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const { readConfig } = await import('../app/config.js');
  const { catalogue } = readConfig(file, process.env);
  return new Map(catalogue.products.filter(({ kind }) => kind === 'pin').map(({ code }) => [code, code]));
}

async function levels(options: DataOptions): Promise<void> {
  const [found, network] = await withStore(options, (store) =>
    Promise.all([store.levels(), networkLevels(store)]),
  );
  if (network) {
    if (options.json) printJson(network);
    else print(levelTable(network));
    return;
  }
  const byProduct: Record<string, Record<string, number>> = {};
  for (const { product, custody, count } of found) {
    byProduct[product] ??= {};
    byProduct[product][custody] = count;
  }
  if (options.json) return printJson(byProduct);
  const rows = found.map(({ product, custody, count }) => [product, custody, String(count)]);
  print(table([['product', 'custody', 'PINs'], ...rows], 0));
}

async function audit(options: AuditOptions): Promise<void> {
  const [switches, behind, { takenIn, byCustody, faults }] = await withStore(options, async (store) => {
    const asked = await auditSwitches(store, options.wait * 1_000);
    return [asked, await store.behind(), await store.audit()];
  });
  const accounted = Object.values(byCustody).reduce((sum, count) => sum + count, 0);
  const wrong = [
    ...faults,
    ...(behind === '' ? [] : [`the hub's books are old: ${behind}`]),
    ...(switches ?? []).filter(({ difference }) => difference !== '').map(differenceOf),
  ];
  const ok = accounted === takenIn && wrong.length === 0;
  if (options.json) {
    const told = { ...(wrong.length > 0 ? { faults: wrong } : {}), ...(switches ? { switches } : {}) };
    printJson({ takenIn, accounted, byCustody, ok, ...told });
  } else {
    print(
      table(
        [['custody', 'PINs'], ...Object.entries(byCustody).map(([name, count]) => [name, String(count)])],
        0,
      ),
    );
    print(`${takenIn} taken in, ${accounted} accounted for`);
    if (switches) print(switchTable(switches));
  }
  if (!ok) throw new NotSo(`audit: not clean: ${wrong.join('; ') || 'the counts differ'}`);
}

function differenceOf({ switch: name, difference }: SwitchAudit): string {
  return `${name} states otherwise: ${difference}`;
}

async function listQuarantined(options: DataOptions): Promise<void> {
  const found = await withStore(options, (store) => store.quarantined(LISTED_MAX));
  const rows = found.map(({ id, product, serial, expiry, transaction }) => ({
    id,
    product,
    serial,
    expiry,
    transaction,
  }));
  if (options.json) return printJson({ quarantined: rows });
  const lines = rows.map((row) => [row.id, row.product, row.serial, row.expiry, row.transaction].map(String));
  print(table([['id', 'product', 'serial', 'expiry', 'transaction'], ...lines], 0));
}

async function decide(ids: readonly string[], to: 'stock' | 'void', options: DecideOptions): Promise<void> {
  const pinIds = ids.map((id) => wholeNumber(1, Number.MAX_SAFE_INTEGER)(id));
  const { by, why } = options;
  const moved = await withStore(options, (store) =>
    store.decide({ pinIds, to, by, why, at: systemClock.now() }),
  );
  if (options.json) printJson({ asked: pinIds.length, moved });
  else print(`${moved} of ${pinIds.length} moved to ${to}`);
  if (moved < pinIds.length) throw new NotSo(`${pinIds.length - moved} were not in quarantine`);
}
