/** Numbers and sentences that the text and the page share. */
import type { Latency, ReplayResult, ToldExchange } from '../result.js';

export function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

export function milliseconds(value: number | null): string {
  if (value === null) return '-';
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : number(Math.round(value));
}

export function quantiles({ p50, p90, p99, max }: Latency): readonly string[] {
  return [p50, p90, p99, max].map(milliseconds);
}

/** A value as people read it: what cannot be seen is written out. */
export function shown(value: string | null): string {
  if (value === null) return '(none)';
  if (value === '') return '(empty)';
  return value.replace(
    /[\p{Cc}\p{Cf}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

export function headline({ file, to, pace, frames, connections, seconds, perSecond }: ReplayResult): string {
  const on = `${number(frames)} ${frames === 1 ? 'request' : 'requests'} on ${number(connections)} ${connections === 1 ? 'connection' : 'connections'}`;
  return `${file} to ${to}, ${pace}: ${on} in ${number(seconds)} s (${number(perSecond)} a second)`;
}

export function isAsCaptured({ different, unanswered, frames, stopped }: ReplayResult): boolean {
  return different === 0 && unanswered === 0 && frames > 0 && stopped === null;
}

export function whose({ frame, connection, mti, terminal, stan, sentStan }: ToldExchange): string {
  const parts = [`connection ${connection}`, mti];
  if (terminal) parts.push(`terminal ${shown(terminal)}`);
  if (stan) parts.push(stan === sentStan || !sentStan ? `STAN ${stan}` : `STAN ${stan}, sent as ${sentStan}`);
  return `frame ${frame}: ${parts.join(', ')}`;
}

export const SILENCES = {
  timeout: 'no answer in time',
  closed: 'the connection was closed before the answer',
};

/** What happened besides the answers, one line each. */
export function remarks(result: ReplayResult): string[] {
  const { passedOver, unasked, closed, reconnects, uncited, uncompared, stopped, faults, frames } = result;
  const lines: string[] = [];
  const add = (count: number, text: string): void => {
    if (count > 0) lines.push(`${number(count)} ${text}`);
  };
  if (stopped !== null) lines.push(`stopped before the end of the capture: ${stopped}`);
  if (frames === 0)
    lines.push('the capture holds no request that could be sent: is it the right framing and format?');
  add(
    uncompared,
    'answers not compared: the capture does not hold the answer, or not so that it could be read',
  );
  add(
    closed.count,
    `connections closed by the other side while requests were open (${reconnects} made again)`,
  );
  add(uncited, 'cited values sent as captured: no answer told new ones');
  add(passedOver.serverRequests, 'captured requests of the server passed over');
  add(passedOver.clientAnswers, 'captured answers to them passed over');
  add(passedOver.keepAlives, 'captured keep-alives passed over');
  add(passedOver.strayAnswers, 'captured answers fit no request');
  add(passedOver.unreadableAnswers, 'captured answers could not be read');
  add(unasked.requests, 'requests of the other side were not answered');
  add(unasked.keepAlives, 'keep-alives of the other side were answered');
  add(unasked.strayAnswers, 'answers of the other side fit no request (or came too late)');
  add(unasked.unreadableAnswers, 'answers of the other side could not be read');
  add(faults.count, `faults in the capture, ${number(faults.skippedBytes)} bytes passed over`);
  return lines;
}
