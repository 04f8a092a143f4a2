/**
 * Bench of batches: what a terminal waits for 20 PINs in one batch, beside what it waits for one sale, from one run:
 * one switch, one connection, the two take turns, each answer awaited before the next request. And the same with
 * several terminals at once, where the disk's commits are shared. Medians; a batch is to cost less than 4 sales.
 */
import { connect, type Socket } from 'node:net';
import { loadFormat } from '../../src/iso8583/index.js';
import { startBenchSwitch } from './servers.js';

const PINS = 150_000;
const ITEMS = 20;
/** Rounds of one sale and one batch each, at each connection. */
const ROUNDS = 300;
const WARM_UP = 30;
const TERMINALS = [1, 8] as const;

const codec = loadFormat('iso87-ascii');
const SALE = [['PR', 'TALK10']] as const;
const BATCH = Array.from({ length: ITEMS }, (_, at) => [
  ['IT', String(at + 1).padStart(2, '0')] as const,
  ['PR', 'TALK10'] as const,
]).flat();

export async function benchBatch(): Promise<Record<string, number>> {
  const running = await startBenchSwitch(PINS);
  const figures: Record<string, number> = {};
  let first = 0;
  for (const terminals of TERMINALS) {
    const waits = { sale: [] as number[], batch: [] as number[] };
    await Promise.all(
      Array.from({ length: terminals }, async () => {
        first += 2 * (ROUNDS + WARM_UP);
        const measured = await terminal(running.port, first);
        waits.sale.push(...measured.sale);
        waits.batch.push(...measured.batch);
      }),
    );
    const [sale, batch] = [median(waits.sale), median(waits.batch)];
    figures[`batch.${terminals}.saleMs`] = sale;
    figures[`batch.${terminals}.batchMs`] = batch;
    figures[`batch.${terminals}.ofSale`] = batch / sale;
    process.stdout.write(
      `${terminals} at once: a sale ${sale.toFixed(2)} ms, a batch of ${ITEMS} ${batch.toFixed(2)} ms: ` +
        `${(batch / sale).toFixed(2)} sales (less than 4 is the aim)\n`,
    );
  }
  await running.stop();
  return figures;
}

/** Milliseconds of each sale and each batch. */
async function terminal(port: number, firstStan: number): Promise<{ sale: number[]; batch: number[] }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const waits = { sale: [] as number[], batch: [] as number[] };
  let stan = firstStan;
  for (let round = -WARM_UP; round < ROUNDS; round += 1) {
    for (const what of ['sale', 'batch'] as const) {
      stan += 1;
      const body = codec.build('0200', {
        3: what === 'sale' ? '280000' : '290000',
        7: '1123120000',
        11: String(stan).padStart(6, '0'),
        12: '120000',
        13: '1123',
        41: 'DEMO0001',
        42: 'DEMOMERCHANT001',
        48: what === 'sale' ? SALE : BATCH,
        49: '840',
      });
      const start = performance.now();
      const answer = codec.parse(await exchange(socket, body));
      if (round >= 0) waits[what].push(performance.now() - start);
      if (answer.text(39) !== '00') throw new Error(`${what}: DE39 ${answer.text(39)}`);
    }
  }
  socket.destroy();
  return waits;
}

function exchange(socket: Socket, body: Buffer): Promise<Buffer> {
  const frame = Buffer.alloc(2 + body.length);
  frame.writeUInt16BE(body.length);
  body.copy(frame, 2);
  return new Promise((resolve, reject) => {
    let got: Buffer = Buffer.alloc(0);
    const take = (chunk: Buffer): void => {
      got = got.length === 0 ? chunk : Buffer.concat([got, chunk]);
      if (got.length < 2 || got.length < 2 + got.readUInt16BE(0)) return;
      socket.off('data', take);
      socket.off('error', reject);
      resolve(got.subarray(2));
    };
    socket.on('data', take);
    socket.once('error', reject);
    socket.write(frame);
  });
}

function median(values: number[]): number {
  values.sort((one, other) => one - other);
  return values[values.length >> 1] ?? 0;
}
