/**
 * `prepaid-switch join`: makes this data folder's switch a member of a PIN network; `prepaid-switch network status`
 * tells how it stands there. Neither shows a key or a token.
 */
import { type Command, InvalidArgumentError } from 'commander';
import { systemClock } from '../base/clock.js';
import { systemRandom } from '../base/random.js';
import type { Joined } from '../hub/client/joining.js';
import type { MemberOptions } from '../hub/client/schema.js';
import type { Membership, Store } from '../store/store.js';
import { NotSo, print, printJson, readStdin, textOf, UsageError, wholeNumber } from './command.js';
import { type DataOptions, withData, withStore } from './data.js';
import { table } from './fields.js';

interface JoinOptions extends DataOptions {
  readonly hub: string;
  readonly code: string;
  readonly config?: string;
}

/** Changes and sales that are counted as untold; more are told as so many. */
const COUNTED_MAX = 100_000;

export function register(program: Command): void {
  withData(program.command('join'))
    .description(
      'make this switch a member of a PIN network, by the code that `hub switch enrol` has printed',
    )
    .requiredOption('--hub <url>', "the hub's address, https://HOST:PORT", url)
    .requiredOption('--code <code>', 'the one-time code; - reads it from standard input', code)
    .option('--config <file>', 'the configuration that says whom to trust as the hub (network.tls)')
    .action(join);
  const network = program.command('network').description('the PIN network that this switch is a member of');
  withData(network.command('status'))
    .description('how it stands with its hub, and what it has not told it yet')
    .option(
      '--count-max <n>',
      'count no more changes or sales than so many',
      wholeNumber(1, 10_000_000),
      COUNTED_MAX,
    )
    .action(status);
}

function code(text: string): string {
  return text === '-' ? text : textOf(/^[\x21-\x7e]{8,64}$/, '8 to 64 characters')(text);
}

/** As an option or from standard input, where no other process sees it. */
async function codeOf(option: string): Promise<string> {
  if (option !== '-') return option;
  try {
    return code((await readStdin()).trim().replace(/^-$/, ''));
  } catch {
    throw new UsageError('--code: standard input holds no code, 8 to 64 characters');
  }
}

function url(text: string): string {
  const found = URL.canParse(text) ? new URL(text) : undefined;
  const { protocol = '', username = '', password = '', search = '', hash = '' } = found ?? {};
  if (!/^https?:$/.test(protocol) || username + password + search + hash !== '') {
    throw new InvalidArgumentError('It must be http://HOST:PORT or https://HOST:PORT.');
  }
  return text.replace(/\/+$/, '');
}

async function join(options: JoinOptions): Promise<void> {
  const { dataFolder } = await import('../app/data.js');
  const { openKeys } = await import('../app/keys.js');
  const { claimStore } = await import('../app/store.js');
  const { openVault } = await import('../stock/vault.js');
  const joining = await import('../hub/client/joining.js');
  const { refuseHubsFolder } = await import('../app/roles.js');
  const member = await memberOptions(options.config);
  const code = await codeOf(options.code);
  const folder = dataFolder(options.data);
  // A switch that runs would not know that it is a member now.
  const release = await claimStore({ dataFolder: folder });
  try {
    const task = async (store: Store): Promise<Joined> => {
      await refuseHubsFolder(store);
      const vault = await openVault(store, await openKeys(store, folder, systemRandom), systemRandom);
      const { hub } = options;
      const environment = { store, vault, clock: systemClock, random: systemRandom };
      return joining.join({ ...environment, options: member, hub, code });
    };
    told(await withStore(options, task, true), options);
  } finally {
    release();
  }
}

async function memberOptions(config: string | undefined): Promise<MemberOptions> {
  const { memberSchema } = await import('../hub/client/schema.js');
  if (config === undefined) return memberSchema.parse({});
  const { readConfig } = await import('../app/config.js');
  return readConfig(config, process.env).network ?? memberSchema.parse({});
}

function told(joined: Joined, { json, hub }: JoinOptions): void {
  switch (joined.kind) {
    case 'away':
      throw new NotSo(`${hub}: ${joined.why}; run it again with the same code`);
    case 'refused':
      throw new NotSo(`${hub}: refused (${joined.error}): ${joined.detail}`);
    case 'own-stock':
      throw new NotSo(
        'join: there are PINs for sale here that did not come from the hub; take them in at the hub, void them here',
      );
    default: {
      const { kind, name, epoch } = joined;
      if (json) printJson({ name, epoch, hub: joined.hub, changed: kind === 'joined' });
      else if (kind === 'joined') print(`${name} is a member of the network of ${hub}, epoch ${epoch}`);
      else print(`${name} is a member already, epoch ${epoch}: nothing changed`);
    }
  }
}

interface Untold {
  readonly changes: number;
  readonly sales: number;
}

async function status(options: DataOptions & { readonly countMax: number }): Promise<void> {
  const found = await withStore(options, async (store) => {
    const membership = await store.membership();
    return membership && { membership, untold: await untoldOf(store, membership, options.countMax) };
  });
  if (!found) throw new NotSo('network: this switch is a member of none');
  const { membership, untold } = found;
  const { name, network, epoch, hub, stopped, transfer, recall, contact, contactAt, revision } = membership;
  const lastContactAt = contactAt > 0 ? new Date(contactAt).toISOString() : null;
  const told = { name, network, epoch, hub, stopped, transfer, recall, contact, lastContactAt, revision };
  if (options.json) printJson({ ...told, untold });
  else {
    const rows = [
      ['switch', `${name}, epoch ${epoch}`],
      ['hub', hub],
      ['network', network],
      ['may sell', stopped === '' ? 'yes' : `no: ${stopped}`],
      ['last contact', lastContactAt === null ? 'never' : `${lastContactAt} (number ${contact})`],
      ['last transfer', String(transfer)],
      ['last recall', String(recall)],
      ["hub's catalogue", revision > 0 ? `revision ${revision}` : 'none yet'],
      ['not told yet', `${untold.changes} changes of custody, ${untold.sales} sales`],
    ];
    print(table(rows, 0));
  }
  if (stopped !== '') throw new NotSo(`network: this switch must not sell: ${stopped}`);
}

/** `max` at most, of each. */
async function untoldOf(store: Store, from: Membership, max: number): Promise<Untold> {
  const changes = (await store.changes(from.toldChange, max)).length;
  let sales = 0;
  for (let at = { journal: from.toldJournal, settling: from.toldSettling }; sales < max; ) {
    const portion = await store.networkSales(at.journal, at.settling, SALES_AT_ONCE);
    sales += portion.sales.length;
    if (!portion.more) break;
    at = portion;
  }
  return { changes, sales };
}

const SALES_AT_ONCE = 1_000;
