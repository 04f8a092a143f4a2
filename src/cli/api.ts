/** `prepaid-switch api`: tokens for clients of the web API, and its OpenAPI document. */
import type { Command } from 'commander';
import { systemRandom } from '../base/random.js';
import { programVersion } from '../base/root.js';
import { print, printJson } from './command.js';

const TOKEN_BYTES = 32;

export function register(program: Command): void {
  const api = program.command('api').description('the web API: tokens for its clients, its description');
  api
    .command('token')
    .description('make a bearer token; the configuration gets its SHA-256, the client the token')
    .option('--json', 'as JSON')
    .action(token);
  api.command('openapi').description('print the OpenAPI document').action(openapi);
}

async function token(options: { readonly json?: boolean }): Promise<void> {
  const { tokenDigest } = await import('../app/api/clients.js');
  const made = systemRandom.bytes(TOKEN_BYTES).toString('base64url');
  const tokenSha256 = tokenDigest(made);
  if (options.json) printJson({ token: made, tokenSha256 });
  else
    print(
      `token        ${made}\ntokenSha256  ${tokenSha256}\nThe token is shown this once and kept nowhere.`,
    );
}

async function openapi(): Promise<void> {
  const { openApiDocument } = await import('../app/api/openapi.js');
  print(JSON.stringify(openApiDocument(programVersion()), null, 2));
}
