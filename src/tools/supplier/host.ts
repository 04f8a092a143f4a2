/**
 * What a simulated ISO 8583 host says to each message, by the fields of the default profile: 0200/0201 with
 * DE3 210000, 280000 or 310000, 0420/0421, 0800. DE37 is the reference; a repeat is answered with the first
 * result. Behaviours and refusals by amount are in behaviour.ts. A message that is none of these gets DE39 12.
 */
import type { Clock } from '../../base/clock.js';
import type { Codec, Fields, Message, TlvEntry } from '../../iso8583/index.js';
import { type Behaviour, BY_AMOUNT, type Script } from './behaviour.js';
import { type Book, type BookEntry, isCredited, type SimOrder } from './book.js';

/** The connection that a message came from. */
export interface HostPeer {
  send(body: Buffer): void;
  close(): void;
}

/** Bytes of an answer that nobody takes. */
const OVERSIZE_BYTES = 60_000;
const ECHOED = [3, 4, 7, 11, 12, 13, 32, 37, 41, 42, 49, 70, 102];
const SERVICES: Readonly<Record<string, string>> = {
  '210000': 'account-credit',
  '280000': 'pin-sale',
  '310000': 'account-inquiry',
};

export class SimHost {
  readonly #processing = new Set<string>();

  constructor(
    readonly codec: Codec,
    readonly book: Book,
    readonly script: Script,
    readonly clock: Clock,
  ) {}

  /** Throws Iso8583Error where the frame cannot be read. */
  async hear(frame: Buffer, peer: HostPeer): Promise<void> {
    const request = this.codec.parse(frame);
    switch (request.mti) {
      case '0800':
        return this.#act(this.script.next('network', ''), request, peer, async () => ({ 39: '00' }));
      case '0200':
      case '0201':
        return this.#financial(request, peer);
      case '0420':
      case '0421': {
        const reverse = async (): Promise<Fields> => {
          const result = await this.book.reverse(request.text(37) ?? '');
          return { 39: result === 'reversed' ? '00' : '25' };
        };
        return this.#act(this.script.next('reversal', ''), request, peer, reverse);
      }
      default:
        if (isRequest(request)) this.#answer(request, peer, { 39: '12' });
    }
  }

  async #financial(request: Message, peer: HostPeer): Promise<void> {
    const order = readOrder(request);
    if (order.service === '') return this.#answer(request, peer, { 39: '12' });
    if (order.service === 'account-inquiry') {
      const behaviour = this.script.next('inquiry', '');
      return this.#act(behaviour, request, peer, async () => this.#account(order));
    }
    if (this.#processing.has(order.reference)) return this.#answer(request, peer, { 39: '09' });
    const perform = async (): Promise<Fields> => {
      const refusal = BY_AMOUNT.get(order.amount);
      const entry = await this.book.order(order, refusal?.code ?? '');
      if (entry === 'conflict') return { 39: '94' };
      if (entry === 'full') return { 39: '91' };
      return told(entry);
    };
    const behaviour = this.script.next('order', order.account);
    if (behaviour.name !== 'processing' || (await this.book.find(order.reference)) !== undefined) {
      return this.#act(behaviour, request, peer, perform);
    }
    this.#processing.add(order.reference);
    this.clock.after(behaviour.delayMs, () => {
      void perform().finally(() => this.#processing.delete(order.reference));
    });
    this.#answer(request, peer, { 39: '09' });
  }

  /** Plays a behaviour around `perform`, which does what was asked and says what the answer holds. */
  async #act(
    behaviour: Behaviour,
    request: Message,
    peer: HostPeer,
    perform: () => Promise<Fields>,
  ): Promise<void> {
    switch (behaviour.name) {
      case 'ignore':
        return;
      case 'fault':
        return this.#answer(request, peer, { 39: '96' });
      case 'unavailable':
        return this.#answer(request, peer, { 39: '91' });
      case 'busy':
        return this.#answer(request, peer, { 39: '68' });
      default:
        return this.#tell(behaviour, request, peer, await perform());
    }
  }

  #tell(behaviour: Behaviour, request: Message, peer: HostPeer, fields: Fields): void {
    const answer = (changes: Fields = {}) => this.#answer(request, peer, { ...fields, ...changes });
    switch (behaviour.name) {
      case 'drop':
        break;
      case 'hang-up':
        peer.close();
        break;
      case 'fault-after':
        this.#answer(request, peer, { 39: '96' });
        break;
      case 'other':
        answer({ 37: 'SOMEBODYELSE' });
        break;
      case 'wrong-amount':
        answer({ 4: String(Number(request.text(4) ?? 0) + 100).padStart(12, '0') });
        break;
      case 'garbage':
        peer.send(Buffer.from('no ISO 8583 message'));
        break;
      case 'oversize':
        peer.send(Buffer.alloc(OVERSIZE_BYTES, 0x30));
        break;
      case 'delay':
        this.clock.after(behaviour.delayMs, answer);
        break;
      default:
        answer();
        if (behaviour.name === 'twice') answer();
    }
  }

  #answer(request: Message, peer: HostPeer, fields: Fields): void {
    const mti = `${request.mti.slice(0, 2)}${(Number(request.mti.charAt(2)) & ~1) + 1}0`;
    peer.send(this.codec.respond(request, mti, ECHOED, fields));
  }

  #account(order: SimOrder): Fields {
    if (order.account.endsWith('0000')) return { 39: '14' };
    const balance = this.book.balance(order.account);
    return { 39: '00', 54: additionalAmount(balance, order.currency), 63: [['AE', this.book.expiry()]] };
  }
}

function isRequest(message: Message): boolean {
  return Number(message.mti.charAt(2)) % 2 === 0;
}

function readOrder(request: Message): SimOrder {
  return {
    reference: request.text(37) ?? '',
    service: SERVICES[request.text(3) ?? ''] ?? '',
    product: request.text('48.PR') ?? '',
    account: request.text(102) ?? '',
    amount: Number(request.text(4) ?? 0),
    currency: request.text(49) ?? '',
    quantity: Number(request.text('48.QT') ?? 1),
    region: request.text('48.RG') ?? '',
  };
}

function told(entry: BookEntry): Fields {
  if (entry.state === 'refused') return { 39: entry.refusal, 44: `Refused ${entry.refusal}` };
  if (entry.state !== 'credited') return { 39: '12', 44: 'Reversed' };
  const tlv: TlvEntry[] = entry.pins.flatMap(({ code, serial, expiry }) => [
    ['PN', code] as const,
    ['SN', serial] as const,
    ['EX', expiry] as const,
  ]);
  if (isCredited(entry)) tlv.push(['AE', entry.expiry]);
  return {
    38: entry.confirmation,
    39: '00',
    54: isCredited(entry) ? additionalAmount(entry.balance, entry.currency) : undefined,
    63: tlv,
  };
}

/** DE54: account type 00, amount type 02 (available), currency, sign, amount. */
function additionalAmount(amount: number, currency: string): string {
  return `0002${currency}${amount < 0 ? 'D' : 'C'}${String(Math.abs(amount)).padStart(12, '0')}`;
}
