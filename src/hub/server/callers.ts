/**
 * Who calls: a bearer token, of which only the SHA-256 stands in the books, and the certificate that was bound when
 * the switch was invited. A switch that was enrolled anew elsewhere has a token that nobody knows any more: by what it
 * says of itself (`x-switch: NAME EPOCH`) it is told to stop. Looked up by digest, so no comparison's time tells a token.
 */
import { createHash } from 'node:crypto';
import type { NetworkSwitch } from '../../store/store.js';
import { HubRefusal } from './refusal.js';
import type { Watch } from './watch.js';

const BEARER = /^Bearer +([\x21-\x7e]{16,512})$/i;
const CLAIM = /^([a-z0-9-]{1,32}) (\d{1,9})$/;

/** What a request says of who sent it. */
export interface Credentials {
  readonly authorization: string | undefined;
  /** Of `x-switch`. */
  readonly claim: string | undefined;
  /** SHA-256 of the certificate shown, hexadecimal; undefined for none. */
  readonly certificate: string | undefined;
}

export function digestOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** Throws HubRefusal. Whether the switch may do what it asks is the call's to judge. */
export async function callerOf(watch: Watch, credentials: Credentials): Promise<NetworkSwitch> {
  const token = BEARER.exec(credentials.authorization ?? '')?.[1];
  const digest = token === undefined ? undefined : digestOf(token);
  const find = (switches: ReadonlyMap<number, NetworkSwitch>) =>
    digest === undefined ? undefined : [...switches.values()].find((one) => one.tokenSha256 === digest);
  let { switches } = await watch.recent();
  let found = find(switches);
  if (!found) {
    ({ switches } = await watch.look());
    found = find(switches);
  }
  if (!found) throw stranger([...switches.values()], credentials.claim);
  if (found.certificateSha256 !== '' && found.certificateSha256 !== credentials.certificate) {
    throw new HubRefusal(401, {
      error: 'unauthorised',
      detail: `${found.name} needs its client certificate`,
    });
  }
  return found;
}

function stranger(switches: readonly NetworkSwitch[], claim: string | undefined): HubRefusal {
  const [, name, epoch] = CLAIM.exec(claim ?? '') ?? [];
  const known = switches.find((one) => one.name === name);
  if (known && known.epoch > Number(epoch)) {
    const detail = `${known.name} was enrolled anew: this is epoch ${epoch}, expected ${known.epoch}`;
    return new HubRefusal(403, { error: 'epoch', detail, fatal: true });
  }
  return new HubRefusal(401, { error: 'unauthorised', detail: 'the token of an enrolled switch is needed' });
}
