/**
 * `prepaid-switch terminal`: sends one message of the default profile, as a point-of-sale terminal would, and
 * shows request and answer field by field. It tells the exact commands that send the same message again and that
 * reverse it. Exit code 0 where the answer approves, 1 where it declines or none comes.
 */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { BatchItem } from '../tools/terminal/messages.js';
import { address, textOf, wholeNumber } from './command.js';
import type {
  BatchOptions,
  CreditOptions,
  EchoOptions,
  InquireOptions,
  ReverseOptions,
  SellOptions,
  SharedOptions,
} from './terminal-options.js';

const AMOUNT_MAX = 999_999_999_999;
const DEFAULT_TIMEOUT_S = 30;

const EXAMPLES = `
Examples:
  prepaid-switch terminal sell --product TALK10 --amount 1000
  prepaid-switch terminal sell --bcd --product TALK10 --amount 1000 --clear
  prepaid-switch terminal credit --account 5551234567 --amount 1500
  prepaid-switch terminal batch product=TALK10 product=TALK20,quantity=2 account=5551234567,amount=1500 --clear
  prepaid-switch terminal echo --to 127.0.0.1:8583

Every sale and credit ends by naming the commands that repeat and reverse it.`;

export function register(program: Command): void {
  const terminal = program
    .command('terminal')
    .description('act as a point-of-sale terminal: send one message, show the answer')
    .addHelpText('after', EXAMPLES);

  const sell = withIdentity(terminal.command('sell').description('buy PINs (DE3 280000)'))
    .requiredOption('--product <code>', 'product code', textOf(/^.{1,40}$/, 'at most 40 characters'))
    .option('--quantity <n>', 'PINs in this sale', wholeNumber(1, 99))
    .option('--region <code>', 'region', textOf(/^.{1,40}$/, 'at most 40 characters'));
  withMoney(sell, false);
  withPinKey(sell);
  withRepeat(sell, '0201').action(async (options: SellOptions, command: Command) => {
    const { sell: run } = await import('./terminal-run.js');
    await run(options, command);
  });

  const credit = withIdentity(
    terminal.command('credit').description("credit a customer's account (DE3 210000)"),
  )
    .requiredOption(
      '--account <number>',
      'account or phone number (DE102)',
      textOf(/^.{1,28}$/, '1 to 28 characters'),
    )
    .option('--product <code>', 'product code; without it the switch finds it by the account')
    .option('--region <code>', 'region', textOf(/^.{1,40}$/, 'at most 40 characters'));
  withMoney(credit, true);
  withPinKey(credit);
  withRepeat(credit, '0201').action(async (options: CreditOptions, command: Command) => {
    const { credit: run } = await import('./terminal-run.js');
    await run(options, command);
  });

  const batch = withIdentity(
    terminal.command('batch').description('several PIN sales and credits in one message (DE3 290000)'),
  ).argument(
    '<item...>',
    'each: product=CODE,quantity=N,region=CODE,provider=CODE,account=NUMBER,reference=NAME,card=NUMBER,amount=N',
    itemOf,
  );
  withMoney(batch, false);
  withPinKey(batch);
  withRepeat(batch, '0201').action(
    async (items: readonly BatchItem[], options: BatchOptions, command: Command) => {
      const { batch: run } = await import('./terminal-run.js');
      await run(items, options, command);
    },
  );

  withIdentity(terminal.command('inquire').description('ask about an account (DE3 310000)'))
    .requiredOption(
      '--account <number>',
      'account or phone number (DE102)',
      textOf(/^.{1,28}$/, '1 to 28 characters'),
    )
    .option('--product <code>', 'product code; without it the switch finds it by the account')
    .action(async (options: InquireOptions, command: Command) => {
      const { inquire: run } = await import('./terminal-run.js');
      await run(options, command);
    });

  const reverse = withIdentity(
    terminal
      .command('reverse')
      .description(
        "reverse a sale or credit: --stan, --rrn, --date, --time and --transmitted are the original's",
      ),
    true,
  )
    .option('--own-stan <n>', "STAN of the reversal itself, where it is not the original's", wholeStan)
    .option('--account <number>', 'the account, where the original was a credit')
    .option('--items <n,n>', 'of a batch only these items', itemNumbers)
    .option('--advice', 'send an advice (0420) rather than a request (0400)');
  withMoney(reverse, false);
  withRepeat(reverse, '0401 or 0421').action(async (options: ReverseOptions, command: Command) => {
    const { reverse: run } = await import('./terminal-run.js');
    await run(options, command);
  });

  withIdentity(terminal.command('echo').description('network management (0800), an echo test by default'))
    .option(
      '--code <nnn>',
      'DE70: 001 sign on, 002 sign off, 301 echo',
      textOf(/^\d{3}$/, 'three digits'),
      '301',
    )
    .action(async (options: EchoOptions, command: Command) => {
      const { echo: run } = await import('./terminal-run.js');
      await run(options, command);
    });

  withLink(
    terminal.command('send').description('send a message given in hexadecimal as one frame, show the answer'),
  )
    .argument('<hex...>', 'the message without its framing; - reads it from standard input')
    .action(async (hex: string[], options: SharedOptions) => {
      const { send: run } = await import('./terminal-run.js');
      await run(hex, options);
    });
}

function wholeStan(text: string): string {
  return String(wholeNumber(1, 999_999)(text)).padStart(6, '0');
}

/** Words of an item on the command line, and their tags. */
const ITEM_TAGS: Readonly<Record<string, string>> = {
  product: 'PR',
  quantity: 'QT',
  region: 'RG',
  provider: 'PV',
  account: 'AC',
  reference: 'AR',
  card: 'CN',
  amount: 'AM',
};

/** One more item, as commander hands a list of arguments over. */
function itemOf(text: string, before: readonly BatchItem[] = []): readonly BatchItem[] {
  const item = text.split(',').map((part): [string, string] => {
    const [word = '', value] = part.split('=', 2);
    const tag = ITEM_TAGS[word];
    if (tag && value) return [tag, value];
    throw new InvalidArgumentError(
      `must be of ${Object.keys(ITEM_TAGS).join('=…, ')}=…, separated by commas.`,
    );
  });
  return [...before, item];
}

function itemNumbers(text: string): readonly number[] {
  return text.split(',').map((part) => wholeNumber(1, 99)(part));
}

function withLink(command: Command): Command {
  return command
    .option('--to <host:port>', 'where to (127.0.0.1:8583; with --bcd 127.0.0.1:8584)', address)
    .option('--bcd', 'a BCD terminal behind a TPDU: --format iso87-bcd --tpdu 6000010002')
    .option('--format <name>', 'a shipped format or a file (iso87-ascii; with --bcd iso87-bcd)')
    .option('--framing <name>', 'framing: a name, or JSON as in the configuration', 'length2')
    .option(
      '--tpdu <hex>',
      'TPDU before the message, ten digits',
      textOf(/^[0-9A-Fa-f]{10}$/, 'ten hexadecimal digits'),
    )
    .option('--timeout <seconds>', 'how long to wait for the answer', wholeNumber(1, 3600), DEFAULT_TIMEOUT_S)
    .option('--clear', 'show sensitive fields, such as the PIN, unmasked')
    .option('--json', 'print one JSON object');
}

function withIdentity(command: Command, original = false): Command {
  const whose = original ? ' of the original' : '';
  const named = (flags: string, text: string, parse: (text: string) => string): Option =>
    new Option(flags, text).argParser(parse).makeOptionMandatory(original && flags.startsWith('--stan'));
  return withLink(command)
    .option('--terminal <id>', 'terminal (DE41)', textOf(/^.{1,16}$/, '1 to 16 characters'), 'DEMO0001')
    .option(
      '--merchant <id>',
      'merchant (DE42)',
      textOf(/^.{1,15}$/, '1 to 15 characters'),
      'DEMOMERCHANT001',
    )
    .option('--acquirer <id>', 'acquirer (DE32)', textOf(/^\d{1,11}$/, '1 to 11 digits'), '000001')
    .addOption(named('--stan <n>', `STAN${whose} (DE11)`, wholeStan))
    .addOption(
      named('--rrn <text>', `RRN${whose} (DE37)`, textOf(/^[\w ]{1,12}$/, '1 to 12 letters or digits')),
    )
    .addOption(named('--date <MMDD>', `local date${whose} (DE13)`, textOf(/^\d{4}$/, 'MMDD')))
    .addOption(named('--time <hhmmss>', `local time${whose} (DE12)`, textOf(/^\d{6}$/, 'hhmmss')))
    .addOption(
      named(
        '--transmitted <MMDDhhmmss>',
        `transmission date and time${whose} (DE7)`,
        textOf(/^\d{10}$/, 'MMDDhhmmss'),
      ),
    );
}

function withMoney(command: Command, mandatory: boolean): void {
  command
    .addOption(
      new Option('--amount <n>', 'amount in minor units (DE4)')
        .argParser(wholeNumber(0, AMOUNT_MAX))
        .makeOptionMandatory(mandatory),
    )
    .option('--currency <nnn>', 'ISO 4217 numeric (DE49)', textOf(/^\d{3}$/, 'three digits'), '840');
}

function withPinKey(command: Command): void {
  command.option(
    '--pin-key <file>',
    "file with this terminal's key (hexadecimal): opens PINs that come encrypted",
  );
}

function withRepeat(command: Command, mti: string): Command {
  return command.option('--repeat', `mark it as a repeat (MTI ${mti})`, false);
}
