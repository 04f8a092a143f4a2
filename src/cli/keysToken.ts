/** Options that name a PKCS#11 token. Its PIN is no option: other users of a machine see those. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { TOKEN_LABEL_MAX, type TokenSpec } from '../stock/keyringSpec.js';
import { textOf, UsageError } from './command.js';

export interface TokenOptions {
  readonly token?: string;
  readonly module?: string;
  readonly pinFile?: string;
  readonly pinEnv?: string;
}

const PIN_ENV = 'PREPAID_SWITCH_TOKEN_PIN';
const LABEL = new RegExp(`^[ -~]{1,${TOKEN_LABEL_MAX}}$`);

export function withToken(command: Command): Command {
  return command
    .option(
      '--token <label>',
      'make the key on this PKCS#11 token',
      textOf(LABEL, `1 to ${TOKEN_LABEL_MAX} characters`),
    )
    .option('--module <file>', "the token's PKCS#11 library, libsofthsm2.so for one")
    .option('--pin-file <file>', "a file with the token's user PIN, which nobody else may read")
    .option(
      '--pin-env <name>',
      `the variable with the token's user PIN (else ${PIN_ENV})`,
      textOf(/^[A-Za-z_]\w*$/, 'the name of a variable'),
    );
}

/** Undefined where none is named. */
export function tokenOf({ token, module, pinFile, pinEnv }: TokenOptions): TokenSpec | undefined {
  if (token === undefined) {
    if (module ?? pinFile ?? pinEnv)
      throw new UsageError('--module, --pin-file and --pin-env go with --token');
    return undefined;
  }
  if (!module) throw new UsageError('--token needs --module FILE, its PKCS#11 library');
  if (pinFile && pinEnv) throw new UsageError('--pin-file and --pin-env: one of them');
  const pin = pinFile ? { file: resolve(pinFile) } : { env: pinEnv ?? PIN_ENV };
  return { module: resolve(module), label: token, pin };
}
