/**
 * The thread that writes recordings: takes what the socket thread left in the ring, and writes it where it has time. A
 * disk that is slow holds up this thread alone. What was taken is written after `FLUSH_MS` at the latest.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { systemRandom } from '../../base/random.js';
import { Recording, type RecordingSpec } from './recording.js';
import { Ring } from './ring.js';

export interface RecordingStart {
  readonly memory: SharedArrayBuffer;
  readonly specs: readonly RecordingSpec[];
}

/** One of the recordings has stopped. */
export interface RecordingNotice {
  readonly recording: number;
  readonly why: string;
}

const FLUSH_MS = 50;

const port = parentPort as MessagePort;
const { memory, specs } = workerData as RecordingStart;
const ring = new Ring(memory);
const recordings = specs.map(
  (spec, recording) =>
    new Recording(spec, systemRandom, (why) =>
      port.postMessage({ recording, why } satisfies RecordingNotice),
    ),
);

/** True when the end was read. */
function drain(): boolean {
  for (let record = ring.read(); record; record = ring.read()) {
    if (record.kind === 'end') return true;
    recordings[record.recording]?.take(record);
  }
  return false;
}

function run(): void {
  let isQuiet = false;
  for (;;) {
    ring.wait(isQuiet ? undefined : FLUSH_MS);
    isQuiet = ring.used === 0;
    if (drain()) break;
    for (const recording of recordings) recording.flush();
  }
  for (const recording of recordings) recording.end();
}

run();
