/** The verbs of operators and exports on the calling side. */
import type {
  Approval,
  ApproveResult,
  ExportVerbs,
  NewExport,
  Operator,
  PinExport,
  TakeResult,
} from '../../exportVerbs.js';
import { takePins } from '../crossing/columns.js';
import type { Cursor } from '../crossing/flat.js';
import { TrailStore } from '../trail/trailClient.js';

const whether = (input: Cursor): boolean => input.number() > 0;

export class ExportStore extends TrailStore implements ExportVerbs {
  addOperator(operator: Pick<Operator, 'name' | 'publicKey' | 'at'>): Promise<boolean> {
    return this.write('addOperator', (out) => out.push({ ...operator }), whether);
  }

  removeOperator(name: string, at: number): Promise<boolean> {
    return this.write('removeOperator', (out) => out.push(name, at), whether);
  }

  operators(): Promise<readonly Operator[]> {
    return this.read(
      'operators',
      () => {},
      (input) => input.object<Operator[]>(),
    );
  }

  requestExport(wanted: NewExport): Promise<number> {
    return this.write(
      'requestExport',
      (out) => out.push({ ...wanted }),
      (input) => input.number(),
    );
  }

  approveExport(id: number, approval: Approval): Promise<ApproveResult> {
    return this.write(
      'approveExport',
      (out) => out.push(id, { ...approval }),
      (input) => input.text() as ApproveResult,
    );
  }

  exports(limit: number): Promise<readonly PinExport[]> {
    return this.read(
      'exports',
      (out) => out.push(limit),
      (input) => input.object<PinExport[]>(),
    );
  }

  takeExport(id: number, today: string): Promise<TakeResult> {
    return this.write(
      'takeExport',
      (out) => out.push(id, today, this.clock.now()),
      takeTaken,
      this.limits.batchMax,
    );
  }
}

function takeTaken(input: Cursor): TakeResult {
  const kind = input.text() as TakeResult['kind'];
  if (kind === 'short') return { kind, available: input.number() };
  if (kind === 'unknown' || kind === 'unapproved') return { kind };
  return { kind, product: input.text(), pins: takePins(input) };
}
