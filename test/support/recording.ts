/** Terminals whose every byte is written down as it passes, to be told again as a hex list or as a pcapng. */
import { SyntheticTraffic } from '../../src/capture/recorder/syntheticTraffic.js';
import { Client, framed } from './client.js';
import { buildIso, type IsoFields, type IsoMessage, parseIso } from './iso.js';

interface Entry {
  readonly connection: number;
  readonly kind: 'open' | '>' | '<' | 'close';
  readonly timeUs: number;
  readonly body: Buffer;
}

const NOTHING = Buffer.alloc(0);
const SERVER = { address: '10.1.0.1', port: 8583 };

export class Recording {
  readonly #entries: Entry[] = [];
  #connections = 0;

  async open(port: number): Promise<RecordedClient> {
    this.#connections += 1;
    const connection = this.#connections;
    const client = await Client.open(port);
    const note = (kind: Entry['kind'], body: Buffer = NOTHING): void =>
      void this.#entries.push({ connection, kind, timeUs: Math.round(Date.now() * 1000), body });
    note('open');
    return new RecordedClient(client, note);
  }

  get requests(): number {
    return this.#entries.filter(({ kind }) => kind === '>').length;
  }

  /** Without times where they are not wanted. */
  hexList(withTimes: boolean): string {
    return this.#entries
      .filter(({ kind }) => kind === '>' || kind === '<')
      .map(({ connection, kind, timeUs, body }) => {
        const time = withTimes ? `${new Date(timeUs / 1000).toISOString()} ` : '';
        return `@${connection} ${time}${kind} ${body.toString('hex')}\n`;
      })
      .join('');
  }

  pcapng(): Buffer {
    const blocks: Buffer[] = [];
    const traffic = new SyntheticTraffic((block) => blocks.push(block));
    traffic.begin();
    const open = new Map<number, ReturnType<SyntheticTraffic['open']>>();
    for (const { connection, kind, timeUs, body } of this.#entries) {
      if (kind === 'open') {
        const client = { address: '10.1.0.2', port: 40_000 + connection };
        open.set(connection, traffic.open(client, SERVER, timeUs));
      } else if (kind === 'close') open.get(connection)?.close(timeUs, 'fin');
      else open.get(connection)?.data(kind === '>' ? 'to-server' : 'to-client', framed(body), timeUs);
    }
    return Buffer.concat(blocks);
  }
}

export class RecordedClient {
  readonly #client: Client;
  readonly #note: (kind: Entry['kind'], body?: Buffer) => void;

  constructor(client: Client, note: (kind: Entry['kind'], body?: Buffer) => void) {
    this.#client = client;
    this.#note = note;
  }

  send(mti: string, fields: IsoFields): void {
    const body = buildIso(mti, fields);
    this.#note('>', body);
    this.#client.send(body);
  }

  /** Throws where no answer comes: what is recorded here is answered. */
  async ask(mti: string, fields: IsoFields): Promise<IsoMessage> {
    this.send(mti, fields);
    return this.hear(fields[11] ?? '');
  }

  async hear(stan: string): Promise<IsoMessage> {
    const frame = await this.#client.take((one) => parseIso(one).fields[11] === stan);
    if (!frame) throw new Error('no answer');
    this.#note('<', frame);
    return parseIso(frame);
  }

  async close(): Promise<void> {
    this.#note('close');
    await this.#client.close();
  }
}
