/** The shim's records, as shim.c writes them. */
export interface TraceRecord {
  readonly type: 'o' | 'w' | 't' | 'b' | 'e' | 'm' | 'u' | 'r' | 'l';
  /** Of a file that is written, cut or synced, and where it is opened. */
  readonly inode: bigint;
  /** Of a write; the new length of a cut; the number of a sync; how it was opened. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** Where it ends in the trace. */
  readonly end: number;
}

const HEAD = 24;

export function* recordsOf(trace: Buffer): Generator<TraceRecord> {
  for (let at = 0; at + HEAD <= trace.length; ) {
    const length = trace.readUInt32LE(at + 4);
    const end = at + HEAD + length;
    if (end > trace.length) return;
    yield {
      type: String.fromCharCode(trace[at] ?? 0) as TraceRecord['type'],
      inode: trace.readBigUInt64LE(at + 8),
      offset: Number(trace.readBigUInt64LE(at + 16)),
      bytes: trace.subarray(at + HEAD, end),
      end,
    };
    at = end;
  }
}
