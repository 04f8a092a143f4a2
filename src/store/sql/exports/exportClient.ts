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
import { count, nothing, whether, whole } from '../crossing/caller.js';
import { takePins } from '../crossing/columns.js';
import type { Cursor } from '../crossing/flat.js';
import { TrailStore } from '../trail/trailClient.js';

export class ExportStore extends TrailStore implements ExportVerbs {
  addOperator(operator: Pick<Operator, 'name' | 'publicKey' | 'at'>): Promise<boolean> {
    return this.write('addOperator', (out) => out.push({ ...operator }), whether);
  }

  removeOperator(name: string, at: number): Promise<boolean> {
    return this.write('removeOperator', (out) => out.push(name, at), whether);
  }

  operators(): Promise<readonly Operator[]> {
    return this.read('operators', nothing, whole<Operator[]>);
  }

  requestExport(wanted: NewExport): Promise<number> {
    return this.write('requestExport', (out) => out.push({ ...wanted }), count);
  }

  approveExport(id: number, approval: Approval): Promise<ApproveResult> {
    return this.write('approveExport', (out) => out.push(id, { ...approval }), whole<ApproveResult>);
  }

  async exportOf(id: number): Promise<PinExport | undefined> {
    return (await this.read('exportOf', (out) => out.push(id), whole<PinExport | null>)) ?? undefined;
  }

  exports(limit: number): Promise<readonly PinExport[]> {
    return this.read('exports', (out) => out.push(limit), whole<PinExport[]>);
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
