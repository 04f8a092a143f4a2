/** A guess in words: its framing, its format, and why it is likely. Nothing of what the messages say. */
import type { FramingSpec } from '../../transport/index.js';
import type { Guess } from './guess.js';

/** Fields named as implausible. */
const DOUBTS_TOLD = 5;

/** `length2, TPDU, header of 6 bytes`. */
export function framingText(framing: FramingSpec | undefined): string {
  if (framing === undefined) return 'none told: each line is a message';
  const { kind, digits, tpdu, headerBytes } = framing;
  const parts = [kind === 'ascii' ? `ascii${digits}` : kind];
  if (tpdu !== 'none') parts.push('TPDU');
  if (headerBytes > 0) parts.push(`header of ${headerBytes} bytes`);
  return parts.join(', ');
}

/** `iso87-bcd, but DE41 ans16`. */
export function formatText({ format: { base, changes } }: Guess): string {
  return changes.length === 0 ? base : `${base}, but ${changes.join(', ')}`;
}

export function reasonsOf({ frames, keepAlives, coverage, reading }: Guess): string[] {
  const { messages, whole, plausible, paired, doubtful, broken, fault } = reading;
  const kept = keepAlives === 0 ? '' : `, ${keepAlives} keep-alives`;
  const reasons = [`${frames} frames${kept}, ${percent(coverage)} of the bytes accounted for`];
  reasons.push(`${whole} of ${messages} messages read to their end`);
  reasons.push(`${percent(plausible)} of what fields say is plausible`);
  if (paired !== undefined) reasons.push(`${percent(paired)} of the answers cite the STAN of a request`);
  const doubts = [...doubtful].sort((a, b) => b[1] - a[1]).slice(0, DOUBTS_TOLD);
  if (doubts.length > 0)
    reasons.push(`implausible: ${doubts.map(([de, times]) => `DE${de} in ${times}`).join(', ')}`);
  const ends = [...broken].sort((a, b) => b[1] - a[1]).slice(0, DOUBTS_TOLD);
  if (ends.length > 0)
    reasons.push(`breaks off: ${ends.map(([path, times]) => `${path} in ${times}`).join(', ')}`);
  if (fault !== undefined) reasons.push(`first fault: ${fault}`);
  return reasons;
}

function percent(share: number): string {
  return `${Math.floor(100 * share)} %`;
}
