/** Networks that are worse than the real one, each in one way, made from outside. */
import type { HttpRequest } from '../../../src/transport/httpExchange.js';
import type { SimulatedDatabase } from '../database.js';
import type { Answer } from './calls.js';

export const NETWORK_MUTANTS = ['reclaim by timeout', 'transfer acknowledged before stored'] as const;
export type NetworkMutant = (typeof NETWORK_MUTANTS)[number];

/** A switch that was silent for so long is taken for gone, milliseconds. */
const SILENT_MS = 20_000;

/** The hub takes back what silent switches hold. */
export function reclaim(hub: SimulatedDatabase, now: number): void {
  const silent = hub.raw
    .prepare<[number], number>('SELECT holder FROM network_switch WHERE seen_at > 0 AND seen_at < ?')
    .pluck()
    .all(now - SILENT_MS);
  for (const holder of silent) {
    const back = hub.raw
      .prepare(
        "UPDATE pin SET custody = 'stock', holder = 0, transfer = 0 WHERE holder = ? AND custody = 'away'",
      )
      .run(holder).changes;
    const held = "DELETE FROM holding WHERE holder = ? AND custody = 'away'";
    hub.raw.prepare(held).run(holder);
    const level = hub.raw.prepare(
      "UPDATE level SET count = count + ? WHERE product = 'TALK10' AND custody = ?",
    );
    level.run(back, 'stock');
    level.run(-back, 'away');
  }
  hub.touched();
}

/** A switch that says it has what it was sent, stored or not. */
export class HastyLine {
  #fetched = 0;

  came({ path }: HttpRequest, { status, body }: Answer): void {
    const after = /^\/v1\/transfers\?after=(\d+)$/.exec(path)?.[1];
    if (after !== undefined && status === 200 && body.length > 0)
      this.#fetched = Math.max(this.#fetched, Number(after) + 1);
  }

  sent(request: HttpRequest): HttpRequest {
    if (request.path !== '/v1/contact') return request;
    const told = JSON.parse(request.body ?? '') as { transfer: number };
    const transfer = Math.max(told.transfer, this.#fetched);
    return { ...request, body: JSON.stringify({ ...told, transfer }) };
  }
}
