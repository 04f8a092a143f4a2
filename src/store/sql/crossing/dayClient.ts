/** The calling side of reports and of the business day: what client.ts is for the other verbs. */
import type {
  Cutover,
  CutoverResult,
  DayVerbs,
  ReconcileResult,
  Reconciling,
  Resolution,
  ResolveResult,
  Resolving,
} from '../../dayVerbs.js';
import {
  COMMISSION_FIGURES,
  type IdSpan,
  type PageQuery,
  type ReportVerbs,
  SALES_FIGURES,
  type SumQuery,
} from '../../reportVerbs.js';
import { ArchiveStore } from '../archive/archiveClient.js';
import { nothing, whether } from './caller.js';
import { pushEntry } from './columns.js';
import type { Cursor } from './flat.js';
import {
  portionTaker,
  takePage,
  takeReconcileResult,
  takeResolveResult,
  takeSettledPage,
  takeStock,
} from './reportResults.js';

export class DayStore extends ArchiveStore implements ReportVerbs, DayVerbs {
  span(from: number, to: number): Promise<IdSpan> {
    const take = (input: Cursor): IdSpan => ({ after: input.number(), last: input.number() });
    return this.read('span', (out) => out.push(from, to), take);
  }

  page(query: PageQuery) {
    return this.read('page', (out) => out.push(query), takePage);
  }

  sumSales(query: SumQuery) {
    const take = portionTaker(query.by.length, SALES_FIGURES.length);
    return this.read('sumSales', (out) => out.push(query), take);
  }

  sumCommission(query: SumQuery) {
    const take = portionTaker(query.by.length, COMMISSION_FIGURES.length);
    return this.read('sumCommission', (out) => out.push(query), take);
  }

  sumStock(after: number) {
    return this.read('sumStock', (out) => out.push(after), takeStock);
  }

  async cutover(day: string, by: string): Promise<CutoverResult> {
    await this.tallyUp();
    return this.write(
      'cutover',
      (out) => out.push(day, by, this.clock.now()),
      (input) => ({ kind: input.text() as CutoverResult['kind'], cutover: input.object<Cutover>() }),
    );
  }

  cutovers(limit: number): Promise<readonly Cutover[]> {
    return this.read(
      'cutovers',
      (out) => out.push(limit),
      (input) => input.object<Cutover[]>(),
    );
  }

  async reconcile({ entry, ...packed }: Reconciling): Promise<ReconcileResult> {
    await this.tallyUp();
    return this.write(
      'reconcile',
      (out) => {
        pushEntry(out, entry);
        out.push(packed, this.clock.now());
      },
      takeReconcileResult,
    );
  }

  /** Many short commits, so that sales go on beside it. */
  async tallyUp(): Promise<void> {
    while (!(await this.write('tallyUp', nothing, whether)));
  }

  soldAtOnce(span: IdSpan, limit: number) {
    return this.read('soldAtOnce', (out) => out.push({ ...span }, limit), takeSettledPage);
  }

  settledLater(span: IdSpan, limit: number) {
    return this.read('settledLater', (out) => out.push({ ...span }, limit), takeSettledPage);
  }

  resolve(resolving: Resolving): Promise<ResolveResult> {
    return this.write('resolve', (out) => out.push({ ...resolving }), takeResolveResult);
  }

  resolutions(transaction: number): Promise<readonly Resolution[]> {
    return this.read(
      'resolutions',
      (out) => out.push(transaction),
      (input) => input.object<Resolution[]>(),
    );
  }
}
