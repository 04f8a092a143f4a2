/** The shim's records, as shim.c writes them. */
export interface TraceRecord {
  readonly type: 'o' | 'w' | 't' | 'b' | 'e' | 'u';
  readonly file: number;
  /** Of a write; the new length of a cut; the number of a sync. */
  readonly offset: number;
  readonly bytes: Buffer;
  /** Where it ends in the trace. */
  readonly end: number;
}

const HEAD = 16;

export function* recordsOf(trace: Buffer): Generator<TraceRecord> {
  for (let at = 0; at + HEAD <= trace.length; ) {
    const length = trace.readUInt32LE(at + 4);
    const end = at + HEAD + length;
    if (end > trace.length) return;
    yield {
      type: String.fromCharCode(trace[at] ?? 0) as TraceRecord['type'],
      file: trace[at + 1] ?? 0,
      offset: Number(trace.readBigUInt64LE(at + 8)),
      bytes: trace.subarray(at + HEAD, end),
      end,
    };
    at = end;
  }
}
