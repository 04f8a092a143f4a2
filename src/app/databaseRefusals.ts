/**
 * What PostgreSQL's refusal means to whoever starts a process, in one line that names host and database, and neither user
 * nor password. The store tells the server's code (SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html)
 * or the system's.
 */
import { StoreRefused } from '../store/errors.js';

/** It may be there later: a server that is down, starting, or behind a network that is. */
export class StoreAway extends StoreRefused {
  override name = 'StoreAway';
}

const AWAY = 'cannot be reached';

const MEANINGS: readonly (readonly [codes: RegExp, meaning: string])[] = [
  [/^(lost|E[A-Z]{4,}|08\w{3}|57P0\w)$/, AWAY],
  [/^53300$/, 'has no connection left: a process needs two; raise max_connections, or run fewer'],
  [/^25006$/, 'is read-only, as a standby is'],
  [/^28\w{3}$/, 'does not let this user in: user, password, or its pg_hba.conf'],
  [/^3D000$/, 'is not there: make it, as createdb does'],
  [/^42501$/, 'does not let this user make tables: make it the owner'],
];

/** Host, port and database. */
function nameOf(url: string): string {
  return url.replace(/^\w+:\/\/(?:[^@/]*@)?/, '').replace(/\?.*$/, '');
}

/** Of several hosts, where none that can be reached takes writes: a standby may be promoted. */
const NO_PRIMARY = '25006';

function hasHosts(url: string): boolean {
  return nameOf(url).includes(',');
}

/** As it is where there is no code in it. */
export function refusalOf(error: unknown, url: string): unknown {
  const code =
    error instanceof StoreRefused ? /^database: PostgreSQL (\w+)$/.exec(error.message)?.[1] : undefined;
  return code === undefined ? error : refusalByCode(code, url);
}

/** Of the driver's own error, whose message may quote values. */
export function refusalOfDriver(error: unknown, url: string): unknown {
  const code = (error as { code?: unknown }).code;
  return error instanceof StoreRefused || typeof code !== 'string'
    ? refusalOf(error, url)
    : refusalByCode(code, url);
}

function refusalByCode(code: string, url: string): StoreRefused {
  if (code === NO_PRIMARY && hasHosts(url)) {
    return new StoreAway(`database ${nameOf(url)} has no host that takes writes (${code})`);
  }
  const meaning = MEANINGS.find(([codes]) => codes.test(code))?.[1] ?? 'refuses';
  const line = `database ${nameOf(url)} ${meaning} (${code})`;
  return meaning === AWAY ? new StoreAway(line) : new StoreRefused(line);
}
