/**
 * The framing as a terminal has it: a framing of the transport, told by name or in full, with the terminal's own
 * TPDU. What stands around an answer is passed over, whichever way its addresses stand.
 * Maximum: a frame as large as its length header can tell, at most 1 MiB.
 */
import { SafeError } from '../../base/errors.js';
import {
  createFraming,
  type Framing,
  FramingError,
  type FramingSpec,
  framingSchema,
} from '../../transport/index.js';

const FRAME_BYTES_MAX = 1_048_576;

/** A framing that does not exist, or whose members are wrong. */
export class FramingSpecError extends SafeError {
  override name = 'FramingSpecError';
}

/**
 * `text`: a framing's name, or JSON as in the configuration. `tpdu`: ten hexadecimal digits for a TPDU before each
 * message, or undefined to leave it to the framing.
 */
export function terminalFraming(text: string, tpdu: string | undefined): Framing {
  const spec = specOf(text);
  return createFraming(tpdu === undefined ? spec : { ...spec, tpdu: 'keep', tpduHex: tpdu }, FRAME_BYTES_MAX);
}

function specOf(text: string): FramingSpec {
  const result = framingSchema.safeParse(text.startsWith('{') ? readJson(text) : text);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new FramingSpecError(`framing ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a framing'}`);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new FramingSpecError('framing: must be a name, or JSON as in the configuration');
  }
}

/** One message as it goes over the wire. */
export function wrap(framing: Framing, body: Buffer): Buffer {
  const wire = Buffer.alloc(framing.wireLength(framing.ownHeader, body));
  framing.write(wire, 0, framing.ownHeader, body);
  return wire;
}

/** The one message that framed bytes hold. Throws FramingError where they hold none, more, or a rest. */
export function cutOne(bytes: Buffer, framing: Framing): Buffer {
  const cutter = framing.cutter();
  cutter.push(bytes);
  const first = cutter.next();
  if (first === undefined) throw new FramingError(`the ${bytes.length} bytes end before their frame does`);
  if (first === 'keep-alive') throw new FramingError('an empty frame: a keep-alive, no message');
  if (cutter.unfinished) throw new FramingError('bytes are left over behind the frame');
  return first.body;
}
