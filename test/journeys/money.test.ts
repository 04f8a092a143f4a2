/**
 * Money under random histories, over real sockets and processes: sales, credits here and at a supplier, batches,
 * reversals, a supplier that falls silent, days that end, and kill -9 at random moments; what was not answered is sent
 * again. Then the ledger sums to zero and is what the journal says, what the terminals were told, and what the supplier
 * did: T4, T11, T12, A4, A14, A16. MONEY_SEED repeats a history.
 */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import { batchOf, credit, itemsOf, pin } from '../support/batch.js';
import { auditIsClean, balanceOf, fund, withBooks } from '../support/books.js';
import { Client, creditOf, identity, reversalOf, saleOf } from '../support/client.js';
import type { IsoMessage } from '../support/iso.js';
import { startSwitch, type TestSwitch } from '../support/process.js';
import { creditConfig, eventually, startSupplier, type TestSupplier } from '../support/supplier.js';

type Fields = Record<number, string>;

const SEED = Number(process.env.MONEY_SEED ?? Math.floor(Math.random() * 2 ** 31));
const ROUNDS = 3;
const LANES = 4;
const STEPS = 12;
const FUNDED = 60_000;
const DAY_MS = 86_400_000;
const CUSTOMER = '5550001234';
/** What merchant FLOAT keeps of an amount, 5 %. */
const paidFor = (amount: number): number => amount - Math.floor((amount * 500) / 10_000);

const KINDS = ['pin', 'live', 'credit', 'own', 'own', 'batch', 'reverse', 'reverse', 'silence'] as const;
const step = fc.record({
  kind: fc.constantFrom(...KINDS),
  units: fc.integer({ min: 1, max: 30 }),
  pick: fc.nat(99),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

type Goods = 'pin' | 'live' | 'credit' | 'own';

interface Item {
  readonly kind: Goods;
  readonly amount: number;
  /** As the terminal was told; undefined until then. */
  code: string | undefined;
}

interface Sale {
  readonly request: Fields;
  readonly items: readonly Item[];
  reversal: Fields | undefined;
  reversed: boolean;
}

const isAnswered = ({ items }: Sale): boolean => items.every(({ code }) => code !== undefined);
const isApproved = ({ items }: Sale): boolean => items.some(({ code }) => code === '00');

/** One terminal: a message at a time; what has no answer yet is sent again after the next start. */
class Lane {
  readonly sales: Sale[] = [];
  readonly #terminal: string;
  #client: Client | undefined;

  constructor(at: number) {
    this.#terminal = `LANE000${at}`;
  }

  async open(port: number): Promise<void> {
    this.#client = await Client.open(port);
    for (const sale of this.sales) {
      if (!isAnswered(sale)) told(sale, await this.#repeat('0201', sale.request));
      if (!sale.reversal || sale.reversed) continue;
      sale.reversed = (await this.#repeat('0421', sale.reversal))?.fields[39] === '00';
    }
  }

  /** In progress: its supplier is still asked. */
  async #repeat(mti: string, fields: Fields): Promise<IsoMessage | undefined> {
    let answer = await this.#client?.ask(mti, fields);
    for (let left = 50; answer?.fields[39] === '09' && left > 0; left -= 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      answer = await this.#client?.ask(mti, fields);
    }
    return answer;
  }

  async run(steps: readonly Step[], supplier: TestSupplier): Promise<void> {
    for (const { kind, units, pick } of steps) {
      if (this.#client?.closed) return;
      if (kind === 'silence') await supplier.behave('drop');
      else if (kind === 'reverse') await this.#reverse(pick);
      else await this.#sell(kind, units * 100);
    }
  }

  async #sell(kind: Goods | 'batch', amount: number): Promise<void> {
    const sale = this.#sale(kind, amount);
    this.sales.push(sale);
    told(sale, await this.#client?.ask('0200', sale.request));
  }

  #sale(kind: Goods | 'batch', amount: number): Sale {
    const at = { 41: this.#terminal, 42: '' };
    const wallet = `604000${this.#terminal.slice(-1)}000`;
    const sale = (request: Fields, ...items: [Goods, number][]): Sale => ({
      request,
      items: items.map(([each, worth]) => ({ kind: each, amount: worth, code: undefined })),
      reversal: undefined,
      reversed: false,
    });
    switch (kind) {
      case 'pin':
        return sale(saleOf('TALK10', 1_000, at), ['pin', 1_000]);
      case 'live':
        return sale(saleOf('LIVE5', 500, at), ['live', 500]);
      case 'credit':
        return sale(creditOf(CUSTOMER, amount, at), ['credit', amount]);
      case 'own':
        return sale(creditOf(wallet, amount, at), ['own', amount]);
      case 'batch': {
        const items = [pin('TALK10'), credit(wallet, amount), credit(CUSTOMER, amount), pin('LIVE5')];
        return sale(batchOf(items, at), ['pin', 1_000], ['own', amount], ['credit', amount], ['live', 500]);
      }
    }
  }

  async #reverse(pick: number): Promise<void> {
    const open = this.sales.filter((sale) => !sale.reversal && isApproved(sale));
    const sale = open[pick % Math.max(1, open.length)];
    if (!sale) return;
    const { 4: amount, ...fields } = reversalOf(sale.request, { 41: this.#terminal, 42: '' });
    sale.reversal = sale.items.length > 1 ? fields : { ...fields, 4: amount ?? '' };
    sale.reversed = (await this.#client?.ask('0420', sale.reversal))?.fields[39] === '00';
  }

  close(): Promise<void> | undefined {
    return this.#client?.close();
  }
}

/** What an answer says of each item; a batch that was refused as a whole says it of all. */
function told({ items }: Sale, answer: IsoMessage | undefined): void {
  if (!answer) return;
  const results = items.length > 1 ? itemsOf(answer) : [];
  for (const [at, item] of items.entries()) item.code = results[at]?.code ?? answer.fields[39];
}

function config(supplier: number): Record<string, unknown> {
  const { suppliers, catalogue } = creditConfig({ http: supplier });
  const { providers, products } = catalogue as { providers: object[]; products: object[] };
  const open = { currency: '840', amountMin: 100, amountMax: 10_000, amountStep: 100 };
  return {
    suppliers,
    times: { saleMs: 1_000, forwardWaitsMs: [100, 200] },
    catalogue: {
      providers: [...providers, { code: 'WALLET', name: 'Wallet', ranges: [{ prefix: '604' }] }],
      products: [
        ...products,
        { ...open, kind: 'credit', code: 'WALLET', name: 'Wallet', provider: 'WALLET', route: ['ledger'] },
      ],
      merchants: [{ id: 'FLOAT', name: 'Float', account: { mode: 'prepaid', currency: '840' } }],
      terminals: Array.from({ length: LANES }, (_, at) => ({
        id: `LANE000${at}`,
        merchant: 'FLOAT',
        limits: { hour: { count: 30 } },
      })),
      commissions: [{ merchant: 'FLOAT', basisPoints: 500 }],
      promotions: [{ code: 'THIRD', products: ['WALLET'], count: 3, add: 70 }],
    },
  };
}

/** What stands of these goods, as the terminals know it. */
function sumOf(
  sales: readonly Sale[],
  goods: readonly Goods[],
  worthOf: (amount: number) => number = (amount) => amount,
): number {
  const items = sales.filter(({ reversed }) => !reversed).flatMap((sale) => sale.items);
  const standing = items.filter(({ kind, code }) => code === '00' && goods.includes(kind));
  return standing.reduce((sum, { amount }) => sum + worthOf(amount), 0);
}

/** The day ends while terminals sell. */
async function endDay(port: number): Promise<string | undefined> {
  const client = await Client.open(port);
  const day = new Date(Date.now() + DAY_MS).toISOString().slice(5, 10).replace('-', '');
  const { 41: _, 42: __, ...fields } = identity({ 15: day, 70: '201' });
  const answer = await client.ask('0800', fields);
  await client.close();
  return answer?.fields[39];
}

t.test('whatever happens in between, no unit of money is lost or made', async (t) => {
  t.comment(`MONEY_SEED=${SEED}`);
  const histories = fc.sample(fc.array(step, { minLength: STEPS, maxLength: STEPS }), {
    seed: SEED,
    numRuns: LANES * ROUNDS,
  });
  const supplier = await startSupplier(t, 'http');
  let running = await startSwitch(t, { config: config(supplier.port), pins: { TALK10: 200 } });
  await fund(running, 'FLOAT', FUNDED);
  const lanes = Array.from({ length: LANES }, (_, at) => new Lane(at));
  for (let round = 0; round < ROUNDS; round += 1) {
    const port = running.ports.ascii ?? 0;
    await Promise.all(lanes.map((lane) => lane.open(port)));
    const under = Promise.all(
      lanes.map((lane, at) => lane.run(histories[round * LANES + at] ?? [], supplier)),
    );
    if (round === 1) t.equal(await endDay(port), '00', 'the day ended');
    await new Promise((resolve) => setTimeout(resolve, 200 + (SEED % 97) * (round + 1) * 4));
    await running.child.kill('SIGKILL');
    await under;
    await Promise.all(lanes.map((lane) => lane.close()));
    await auditIsClean(t, running);
    running = await running.restart();
  }
  await supplier.clear();
  await Promise.all(lanes.map((lane) => lane.open(running.ports.ascii ?? 0)));
  const settled = await eventually(() =>
    withBooks(running, async (store) => (await store.forwardingCount()) === 0),
  );
  t.ok(settled, 'nothing is owed to the supplier');
  const sales = lanes.flatMap((lane) => lane.sales);
  t.ok(sales.every(isAnswered), 'everything was answered');
  t.comment(
    `${sales.length} messages, ${sales.filter(isApproved).length} approved, ${sales.filter(({ reversed }) => reversed).length} reversed`,
  );
  await agrees(t, running, supplier, sales);
  await Promise.all(lanes.map((lane) => lane.close()));
});

async function agrees(
  t: Test,
  running: TestSwitch,
  supplier: TestSupplier,
  sales: readonly Sale[],
): Promise<void> {
  await auditIsClean(t, running);
  t.equal(await balanceOf(running, ''), 0, 'the ledger sums to zero');
  t.equal(
    await balanceOf(running, 'merchant:FLOAT'),
    FUNDED - sumOf(sales, ['pin', 'live', 'credit', 'own'], paidFor),
    'the merchant paid for what its terminals were told, once',
  );
  t.equal(await balanceOf(running, 'supplier:stock'), sumOf(sales, ['pin']), 'PINs of stock');
  const credited = (await supplier.ledger()).filter(({ state }) => state === 'credited');
  const atSupplier = credited.reduce((sum, { amount }) => sum + amount, 0);
  t.equal(await balanceOf(running, 'supplier:topup-http'), atSupplier, "the supplier's own ledger");
  t.equal(atSupplier, sumOf(sales, ['live', 'credit']), 'and what terminals were told of it');
  const added = -(await balanceOf(running, 'promotion:THIRD'));
  t.equal(await balanceOf(running, 'account:'), sumOf(sales, ['own']) + added, 'accounts managed here');
}
