/**
 * Which verbs stand in the audit trail, and what of them: a list of what is told, so that nothing else is. A verb that
 * changed nothing is not told.
 */
import type { Scalar } from '../crossing/flat.js';
import type { Handler } from '../journal/journal.js';
import type { Write } from '../operations.js';
import type { Said, Trail } from './trail.js';

/** What a verb was called with and what it came to, slot by slot. */
interface Call {
  readonly input: (slot: number) => Scalar;
  readonly output: (slot: number) => Scalar;
}

type Teller = (call: Call) => Said | undefined;

/** Members of one object among the arguments. */
function told(...names: readonly string[]): Teller {
  return ({ input }) => pick(input(0), names);
}

/** The same, where the result's first slot is `kind`, or an object of that kind. */
function toldIf(kind: string, ...names: readonly string[]): Teller {
  return ({ input, output }) => (kindOf(output(0)) === kind ? pick(input(0), names) : undefined);
}

function kindOf(result: Scalar): unknown {
  return typeof result === 'object' && result !== null ? (result as { kind?: unknown }).kind : result;
}

function pick(from: Scalar, names: readonly string[]): Said {
  const values = from as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = values[name];
      if (typeof value === 'string' || typeof value === 'number') return [[name, value]];
      return Array.isArray(value) ? [[name, value.length]] : [];
    }),
  );
}

/** Of an intake, PINs or cards. */
function toldChunk({ input, output }: Call): Said {
  return { ...pick(input(0), ['supplier', 'intake', 'progress']), taken: Number(output(0)) };
}

const RECORDED: Partial<Record<Write, Teller>> = {
  takeIn: toldChunk,
  takeInCards: toldChunk,
  decide: ({ input, output }) => ({ ...pick(input(0), ['by', 'why', 'to']), pins: Number(output(0)) }),
  post: toldIf('posted', 'by', 'why', 'reference'),
  resolve: toldIf('resolved', 'by', 'why', 'id', 'as'),
  cutover: ({ input, output }) =>
    output(0) === 'closed' ? { day: String(input(0)), by: String(input(1)) } : undefined,
  addRevision: ({ input, output }) =>
    output(0) === 'stored' ? { ...pick(input(0), ['by']), revision: Number(output(1)) } : undefined,
  setSetting: ({ input }) => ({ name: String(input(0)) }),
  addKeyBatch: ({ input, output }) => ({ batch: Number(output(0)), masterKey: String(input(0)) }),
  rewrapKeyBatch: ({ input }) => ({ batch: Number(input(0)), masterKey: String(input(1)) }),
  adoptKeyBatch: ({ input, output }) => ({
    batch: Number(output(0)),
    masterKey: String(pick(input(0), ['keyId']).keyId),
  }),
  join: told('network', 'name', 'hub'),
  invite: toldIf('invited', 'name'),
  enrol: ({ output }) =>
    kindOf(output(0)) === 'enrolled' ? pick(output(0), ['name', 'epoch']) : pick(output(0), ['kind', 'why']),
  retire: toldIf('retired', 'name', 'by', 'why'),
  recover: told('by', 'why'),
  placeOrder: told('reference', 'vendor', 'product', 'quantity'),
  moveOrder: toldIf('moved', 'reference', 'to', 'by', 'why'),
  addOperator: ({ input, output }) => (output(0) === 1 ? pick(input(0), ['name', 'publicKey']) : undefined),
  removeOperator: ({ input, output }) => (output(0) === 1 ? { name: String(input(0)) } : undefined),
  requestExport: ({ input, output }) => ({
    id: Number(output(0)),
    ...pick(input(0), ['product', 'count', 'why', 'requestedBy']),
  }),
  approveExport: ({ input, output }) =>
    output(0) === 'approved' ? { id: Number(input(0)), ...pick(input(1), ['operator']) } : undefined,
  takeExport: ({ input, output }) =>
    output(0) === 'taken' ? { id: Number(input(0)), pins: Number(output(2)) } : undefined,
  beginArchive: ({ input }) => ({ name: String(input(0)), sha256: String(input(2)), rows: Number(input(3)) }),
};

/** The same verbs, with an entry in their commit. */
export function recorded(handlers: Record<Write, Handler>, trail: Trail): Record<Write, Handler> {
  const all = { ...handlers };
  for (const [verb, teller] of Object.entries(RECORDED)) {
    const handler = handlers[verb as Write];
    all[verb as Write] = (input, out) => {
      const { values, at } = input;
      const start = out.length;
      handler(input, out);
      const said = teller({
        input: (slot) => values[at + slot] as Scalar,
        output: (slot) => out[start + slot] as Scalar,
      });
      if (said) trail.append(verb, said);
    };
  }
  return all;
}
