/**
 * A hub for tests of a switch's side: real HTTP on loopback, books in memory. It keeps the chain of contacts, holds
 * polls, seals parcels by the wire's own code, and refuses, delays or drops what it is told to.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemRandom } from '../../../src/base/random.js';
import { type KeyPair, newKeyPair } from '../../../src/hub/wire/keys.js';
import type {
  AskRequest,
  ContactRequest,
  EnrolRequest,
  PollAnswer,
  PollRequest,
  Refusal,
  RestateRequest,
} from '../../../src/hub/wire/messages.js';
import { sealParcel, streamOf } from '../../../src/hub/wire/parcel.js';
import type { Lease, OutgoingPin } from '../../../src/store/store.js';

export interface Sent {
  readonly product: string;
  readonly pins: readonly OutgoingPin[];
  readonly leases?: readonly Lease[];
  readonly dataKeys: ReadonlyMap<number, Uint8Array>;
}

export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What becomes of the next requests to a path, in order: answered as ever once they are used up. */
export type Mishap =
  /** It is carried out, and its answer never leaves. */
  | 'lose-answer'
  /** It never arrives. */
  | 'lose-request'
  | { readonly status: number; readonly body: object | string };

export class TestHub {
  readonly keys: KeyPair = newKeyPair(systemRandom);
  readonly network = 'ab'.repeat(16);
  readonly calls: {
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
    readonly body: unknown;
  }[] = [];
  readonly contacts: ContactRequest[] = [];
  readonly asks: AskRequest[] = [];
  readonly restated: RestateRequest[] = [];
  /** By path, without its query. */
  readonly mishaps = new Map<string, Mishap[]>();
  readonly #transfers: Sent[] = [];
  recalls: PollAnswer['recalls'] = [];
  portions = new Map<string, string>();
  catalogues = new Map<number, readonly string[]>();
  statementWanted = 0;
  mustRestate = false;
  /** Refuses every contact. */
  refuses: Refusal | undefined;
  /** What an ask brings, before it is answered. */
  onAsk: (ask: AskRequest) => Promise<void> | void = () => {};
  addressee = { network: '', name: '', publicKey: '' };
  epoch = 1;
  port = 0;
  #contact = 0;
  #link = '';
  change = 0;
  journal = 0;
  settling = 0;
  #wake: (() => void)[] = [];
  #server = createServer((request, response) => void this.#serve(request, response));

  static async start(t: { teardown(task: () => unknown): void }): Promise<TestHub> {
    const hub = new TestHub();
    await hub.listen();
    t.teardown(() => hub.close());
    return hub;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  /** Nobody listens any more; what is held is cut. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Polls look again. */
  wake(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  send(transfer: Sent): number {
    const number = this.#transfers.push(transfer);
    this.wake();
    return number;
  }

  publish(contents: readonly string[]): number {
    for (const content of contents) this.portions.set(digestOf(content), content);
    const revision = this.catalogues.size + 1;
    this.catalogues.set(revision, contents.map(digestOf));
    this.wake();
    return revision;
  }

  parcel(number: number, epoch = this.epoch): Buffer {
    const { product, pins, leases, dataKeys } = this.#transfers[number - 1] as Sent;
    const parcel = { epoch, number, product, pins, leases: leases ?? [], dataKeys };
    return sealParcel(parcel, this.addressee, this.keys, systemRandom);
  }

  parcelsAfter(after: number): Buffer[] {
    return this.#transfers.flatMap((_, at) => (at < after ? [] : [this.parcel(at + 1)]));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    this.calls.push({ path, headers: request.headers, body });
    const mishap = this.mishaps.get(path)?.shift();
    if (mishap === 'lose-request') return void request.socket.destroy();
    if (typeof mishap === 'object') return end(response, mishap.status, mishap.body);
    const [status, answer] = await this.#answer(path, query, body, request);
    if (mishap === 'lose-answer') return void request.socket.destroy();
    end(response, status, answer);
  }

  async #answer(
    path: string,
    query: string,
    body: unknown,
    request: IncomingMessage,
  ): Promise<[number, object | string | Buffer]> {
    switch (path) {
      case '/v1/enrol':
        return this.#enrol(body as EnrolRequest);
      case '/v1/contact':
        return this.#takeContact(body as ContactRequest);
      case '/v1/poll':
        return [200, await this.#poll(body as PollRequest, request)];
      case '/v1/transfers':
        return [200, streamOf(this.parcelsAfter(Number(query.slice('after='.length))))];
      case '/v1/ask': {
        const ask = body as AskRequest;
        this.asks.push(ask);
        await this.onAsk(ask);
        return [200, { parcels: this.parcelsAfter(ask.transfer).map((one) => one.toString('base64')) }];
      }
      case '/v1/restate':
        this.restated.push(body as RestateRequest);
        if ((body as RestateRequest).end) this.mustRestate = false;
        return [200, {}];
      default:
        return this.#catalogue(path);
    }
  }

  #catalogue(path: string): [number, object | string] {
    const [, , kind, name = ''] = path.split('/');
    if (kind === 'portions') return [200, this.portions.get(name) ?? ''];
    const portions = this.catalogues.get(Number(name)) ?? [];
    return [200, { revision: Number(name), digest: digestOf(portions.join()), portions }];
  }

  #enrol({ publicKey }: EnrolRequest): [number, object] {
    this.addressee = { network: this.network, name: 'north', publicKey };
    return [200, { network: this.network, name: 'north', epoch: this.epoch, hubKey: this.keys.publicKey }];
  }

  #takeContact(said: ContactRequest): [number, object] {
    this.contacts.push(said);
    if (this.refuses) return [this.refuses.fatal ? 403 : 409, this.refuses];
    const follows = said.contact === this.#contact + 1 && said.link === this.#link;
    const repeats = said.contact === this.#contact && said.nextLink === this.#link;
    if (!follows && !repeats) return [403, { error: 'forked', detail: 'another copy', fatal: true }];
    this.#contact = said.contact;
    this.#link = said.nextLink;
    this.change = Math.max(this.change, said.change);
    if (said.afterJournal <= this.journal && said.afterSettling <= this.settling) {
      this.journal = Math.max(this.journal, said.journal);
      this.settling = Math.max(this.settling, said.settling);
    }
    return [200, { change: this.change, journal: this.journal, settling: this.settling }];
  }

  async #poll(said: PollRequest, request: IncomingMessage): Promise<PollAnswer> {
    const end = Date.now() + said.waitMs;
    const isDue = (): boolean =>
      this.#transfers.length > said.transfer ||
      this.recalls.some(({ number }) => number > said.recall) ||
      this.catalogues.size !== said.revision ||
      this.statementWanted > said.statedAt ||
      this.mustRestate;
    while (!isDue() && Date.now() < end && !request.socket.destroyed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now());
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
        request.socket.once('close', resolve);
      });
    }
    return {
      transfer: this.#transfers.length,
      recalls: this.recalls.filter(({ number }) => number > said.recall),
      revision: this.catalogues.size,
      statementWanted: this.statementWanted,
      restate: this.mustRestate,
    };
  }
}

function end(response: ServerResponse, status: number, body: object | string | Buffer): void {
  const isRaw = typeof body === 'string' || Buffer.isBuffer(body);
  response.writeHead(status).end(isRaw ? body : JSON.stringify(body));
}
