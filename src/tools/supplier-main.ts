/**
 * Runs a supplier simulator: `node supplier-main.js --kind http --port 0`. Prints `ready PORT control PORT`
 * when it serves; SIGTERM and SIGINT end it.
 */
import { parseArgs } from 'node:util';
import { safeText } from '../base/errors.js';
import { startHttpSupplier } from './supplier-http.js';
import { describeBehaviours } from './supplier-sim/behaviour.js';

const USAGE = `supplier-main --kind http [--host 127.0.0.1] [--port 0] [--control-port 0]
              [--ledger FILE] [--token TOKEN]`;

const { values } = parseArgs({
  options: {
    kind: { type: 'string', default: 'http' },
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
    ledger: { type: 'string' },
    token: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(`${USAGE}\n\n${describeBehaviours()}\n`);
} else {
  const options = {
    host: values.host,
    port: Number(values.port),
    controlPort: Number(values['control-port']),
    ...(values.ledger === undefined ? {} : { ledgerFile: values.ledger }),
    ...(values.token === undefined ? {} : { token: values.token }),
  };
  try {
    const running = await startHttpSupplier(options);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => void running.stop().then(() => process.exit(0)));
    }
    process.stdout.write(`ready ${running.port} control ${running.controlPort}\n`);
  } catch (error) {
    process.stderr.write(`${safeText(error)}\n`);
    process.exitCode = 2;
  }
}
