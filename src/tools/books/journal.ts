/**
 * The switch's journal as books are held against it: the members of `prepaid-switch journal export --format jsonl`
 * that matter here, read from such a file line by line (a page of `journal list --json` is read as well).
 * Maximum in memory: one line.
 */
import { z } from 'zod';
import { SafeError } from '../../base/errors.js';
import { readJsonLines } from './lines.js';

const record = z.object({
  id: z.number(),
  state: z.string(),
  service: z.string(),
  inPlaceOfCredit: z.boolean(),
  product: z.string(),
  quantity: z.number(),
  /** Minor units. */
  amount: z.number(),
  currency: z.string(),
  terminal: z.string(),
  stan: z.string(),
  rrn: z.string(),
  /** YYYYMMDD. */
  localDate: z.string(),
  /** hhmmss or ''. */
  localTime: z.string(),
  reason: z.string().nullable(),
  originalId: z.number().nullable(),
  batchId: z.number().nullable(),
  pins: z.array(z.object({ serial: z.string() })),
  supplier: z.string(),
  reference: z.string(),
});

export type JournalRecord = Readonly<Omit<z.output<typeof record>, 'pins'>> & {
  readonly pins: readonly { readonly serial: string }[];
};

const page = z.object({ transactions: z.array(z.unknown()) });

/** Throws SafeError with the line where it is no journal. */
export async function* readJournal(path: string): AsyncGenerator<JournalRecord> {
  for await (const { value, number } of readJsonLines(path, `${path} (journal export --format jsonl)`)) {
    const paged = page.safeParse(value);
    for (const one of paged.success ? paged.data.transactions : [value]) {
      const result = record.safeParse(one);
      if (!result.success) throw new SafeError(`${path}: line ${number} is no transaction of a journal`);
      yield result.data;
    }
  }
}
