/**
 * The socket's thread, asked as if it were a function: verbs are synchronous on every engine, so this thread sleeps until
 * the answer is there. Asking costs two hops between threads, some 30 microseconds.
 */
import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { PostgresError } from './faults.js';
import type { Answer, Question, WireStart } from './question.js';

type Answered = Exclude<Answer, { code: string }>;

export class Bridge {
  readonly #worker: Worker;
  readonly #port;
  readonly #woken: Int32Array;
  #answers = 0;

  constructor() {
    const signal = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    const { port1, port2 } = new MessageChannel();
    this.#woken = new Int32Array(signal);
    this.#port = port1;
    this.#worker = new Worker(new URL('./wire.js', import.meta.url), {
      execArgv: [],
      workerData: { signal, port: port2 } satisfies WireStart & { port: unknown },
      transferList: [port2],
    });
    this.#worker.unref();
  }

  /** Throws PostgresError. */
  ask(question: Question): Answered {
    this.#port.postMessage(question);
    // It wakes without cause at times.
    while (Atomics.load(this.#woken, 0) === this.#answers) Atomics.wait(this.#woken, 0, this.#answers);
    this.#answers += 1;
    const answer = receiveMessageOnPort(this.#port)?.message as Answer;
    if (answer.code !== undefined) throw new PostgresError(answer.code);
    return answer;
  }

  close(): void {
    this.ask({ kind: 'end' });
    this.#port.close();
  }
}
