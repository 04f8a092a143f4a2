/** What every simulator does once it serves: it says so, and ends by SIGTERM or SIGINT, at once by a second one. */
import { EXIT, print } from './command.js';

export interface RunningSimulator {
  readonly port: number;
  readonly controlPort: number;
  stop(): Promise<void>;
}

export function untilSignalled(running: RunningSimulator): void {
  let ending = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (ending) process.exit(EXIT.notSo);
      ending = true;
      void running.stop().then(() => process.exit(EXIT.done));
    });
  }
  print(`ready ${running.port} control ${running.controlPort}`);
}
