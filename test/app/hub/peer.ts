/**
 * A hub in this process, over real HTTP and a real store, and switches that a test plays by hand: what a switch keeps
 * of its contacts and transfers, and nothing that the program's own side of it does.
 */
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { stringify } from 'yaml';
import { readHubConfig } from '../../../src/app/hub/config.js';
import { type RunningHub, startHub } from '../../../src/app/hub/hub.js';
import { type Clock, systemClock } from '../../../src/base/clock.js';
import { systemRandom } from '../../../src/base/random.js';
import { newKeyPair } from '../../../src/hub/wire/keys.js';
import type { ContactRequest, PollAnswer } from '../../../src/hub/wire/messages.js';
import { openParcel, type Parcel, parcelsIn } from '../../../src/hub/wire/parcel.js';
import { intakeRows } from '../../../src/stock/intake.js';
import { createKeyFile, loadKeyring } from '../../../src/stock/keyring.js';
import { openVault } from '../../../src/stock/vault.js';
import { openSqliteStore } from '../../../src/store/sqlite/index.js';
import type { NetworkChange, Store } from '../../../src/store/store.js';
import { scratch } from '../../support/process.js';

export interface Hub extends RunningHub {
  readonly folder: string;
  readonly url: string;
  readonly lines: string[];
  /** Another process's store on the same data. */
  beside(): Promise<Store>;
}

export interface HubOptions {
  readonly settings?: object;
  readonly clock?: Clock;
}

export async function runHub(t: Test, { settings = {}, clock = systemClock }: HubOptions = {}): Promise<Hub> {
  const folder = scratch(t);
  const keyFile = join(folder, 'keys.json');
  createKeyFile(keyFile, systemRandom);
  const file = join(folder, 'hub.yaml');
  const config = { listen: { port: 0 }, admin: { port: 0 }, ...settings };
  writeFileSync(file, stringify(config));
  const open = () => openSqliteStore({ file: join(folder, 'switch.db'), clock });
  const lines: string[] = [];
  const line = (fields: object, message: string): void =>
    void lines.push(JSON.stringify({ ...fields, message }));
  const hub = await startHub(readHubConfig(file, {}), {
    clock,
    random: systemRandom,
    log: { info: line, warn: line, error: line },
    openStore: open,
    openKeys: async () => loadKeyring(keyFile, {}),
    onBroken: (error) => t.fail(String(error)),
    loops: [],
  });
  t.teardown(() => hub.stop());
  const scheme = 'tls' in config.listen ? 'https' : 'http';
  return {
    ...hub,
    stop: () => hub.stop(),
    folder,
    lines,
    url: `${scheme}://127.0.0.1:${hub.ports.get('hub')}`,
    beside: async () => {
      const store = await open();
      t.teardown(() => store.shutdown());
      return store;
    },
  };
}

/** PINs whose codes are their serials' digits, 8 of them. */
export async function stock(hub: Hub, count: number, product = 'TALK10', expiry = '20991231'): Promise<void> {
  const keyring = loadKeyring(join(hub.folder, 'keys.json'), {});
  const vault = await openVault(hub.store, keyring, systemRandom);
  const first = (await hub.store.audit()).takenIn;
  const rows = Array.from({ length: count }, (_, n) => ({
    product,
    code: String(10_000_000 + first + n),
    serial: `S${10_000_000 + first + n}`,
    expiry,
  }));
  const name = `batch ${first}`;
  await intakeRows({ store: hub.store, vault, clock: systemClock }, { supplier: 'acme', name, rows });
}

/** Resolves when so many polls wait. */
export async function held(hub: Hub, polls = 1): Promise<void> {
  await until(() => hub.service.polls.held >= polls);
}

export async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); ) {
    if (Date.now() > end) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}

export async function invite(hub: Hub, name: string, certificateSha256 = ''): Promise<string> {
  const code = hex(8);
  const at = systemClock.now();
  await hub.store.invite({ name, codeSha256: sha256(code), expiresAt: at + 60_000, certificateSha256, at });
  return code;
}

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

export async function call(
  hub: Pick<Hub, 'url'>,
  path: string,
  { token, body, headers, signal }: CallOptions = {},
): Promise<Answer> {
  const response = await fetch(`${hub.url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal ? { signal } : {}),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

export interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export class Peer {
  readonly hub: Hub;
  readonly name: string;
  readonly token = hex(16);
  readonly keys = newKeyPair(systemRandom);
  network = '';
  hubKey = '';
  epoch = 0;
  id = 0;
  contact = 0;
  link = '';
  change = 0;
  transfer = 0;
  recall = 0;
  /** Marks of the PINs that it has for sale. */
  readonly marks: string[] = [];

  constructor(hub: Hub, name: string) {
    this.hub = hub;
    this.name = name;
  }

  /** Enrolled; the hub has not heard it yet. */
  static async enrolled(hub: Hub, name: string): Promise<Peer> {
    const peer = new Peer(hub, name);
    await peer.enrol(await invite(hub, name));
    return peer;
  }

  /** And with its first contact made. */
  static async joined(hub: Hub, name: string): Promise<Peer> {
    const peer = await Peer.enrolled(hub, name);
    await peer.tell();
    return peer;
  }

  async enrol(code: string): Promise<Answer> {
    const { publicKey } = this.keys;
    const body = { code, publicKey, tokenSha256: sha256(this.token) };
    const answer = await call(this.hub, '/v1/enrol', { body });
    if (answer.status === 200) {
      const { network, hubKey, epoch } = answer.body as { network: string; hubKey: string; epoch: number };
      Object.assign(this, { network, hubKey, epoch });
      this.id = (await this.hub.store.switches()).find(({ name }) => name === this.name)?.id ?? 0;
    }
    return answer;
  }

  call(path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    return call(this.hub, path, { token: this.token, body, ...(signal ? { signal } : {}) });
  }

  /** The next contact, and note taken of its answer. */
  async tell(changes: readonly NetworkChange[] = [], said: Partial<ContactRequest> = {}): Promise<Answer> {
    const nextLink = hex(16);
    const change = changes.at(-1)?.id ?? this.change;
    const contact = this.contact + 1;
    const answer = await this.call('/v1/contact', {
      ...{ epoch: this.epoch, contact, link: this.link, nextLink, now: Date.now() },
      ...{ transfer: this.transfer, recall: this.recall, after: this.change, change, changes },
      ...{ afterJournal: 0, journal: 0, afterSettling: 0, settling: 0, sales: [], leases: [] },
      ...said,
    });
    if (answer.status === 200) Object.assign(this, { contact, link: nextLink, change });
    return answer;
  }

  poll(said: object = {}, signal?: AbortSignal): Promise<Answer> {
    const { epoch, transfer, recall } = this;
    const body = { epoch, transfer, recall, revision: 1, statedAt: 0, waitMs: 10_000, ...said };
    return this.call('/v1/poll', body, signal);
  }

  open(parcel: Uint8Array): Parcel {
    const { network, name, epoch, hubKey, keys } = this;
    return openParcel(parcel, { network, name, epoch, hubKey, keys });
  }

  /** Parcels after the last that it has; applied. */
  async fetch(after = this.transfer): Promise<Parcel[]> {
    const response = await fetch(`${this.hub.url}/v1/transfers?after=${after}`, {
      headers: { authorization: `Bearer ${this.token}` },
    });
    return this.#take(parcelsIn(new Uint8Array(await response.arrayBuffer())));
  }

  async ask(said: object = {}, signal?: AbortSignal): Promise<Answer & { readonly parcels: Parcel[] }> {
    const { epoch, transfer } = this;
    const body = {
      kind: 'pins',
      epoch,
      ask: hex(16),
      transfer,
      product: 'TALK10',
      count: 1,
      withinMs: 5_000,
      ...said,
    };
    const answer = await this.call('/v1/ask', body, signal);
    const { parcels = [] } = answer.body as { parcels?: string[] };
    return { ...answer, parcels: this.#take(parcels.map((text) => Buffer.from(text, 'base64'))) };
  }

  #take(parcels: readonly Uint8Array[]): Parcel[] {
    const opened = parcels.map((parcel) => this.open(parcel));
    for (const { number, pins } of opened) {
      if (number !== this.transfer + 1) continue;
      this.transfer = number;
      this.marks.push(...pins.map(({ mark }) => mark));
    }
    return opened;
  }

  /** Gives back what the answer of a poll recalls, as far as it is there, and tells it. */
  async giveBack(recalls: PollAnswer['recalls']): Promise<Answer> {
    const changes: NetworkChange[] = [];
    for (const recall of recalls) {
      if (recall.kind === 'pins') {
        for (const mark of this.marks.splice(0, recall.count)) {
          changes.push({ kind: 'pin', id: this.change + changes.length + 1, mark, custody: 'returned' });
        }
      } else {
        const { merchant, currency, amount } = recall;
        changes.push({ kind: 'lease', id: this.change + changes.length + 1, merchant, currency, amount });
      }
      this.recall = recall.number;
    }
    return this.tell(changes);
  }

  /** Serves recalls until the test ends. */
  serve(t: Test): void {
    const over = new AbortController();
    t.teardown(() => over.abort());
    const run = async (): Promise<void> => {
      while (!over.signal.aborted) {
        const { status, body } = await this.poll({}, over.signal);
        if (status === 200) await this.giveBack((body as PollAnswer).recalls);
      }
    };
    run().catch(() => undefined);
  }
}
