/**
 * Who may connect to a listening link: by address, and by number in all and of one address. A place is taken when
 * the socket is accepted, before any TLS handshake, and given back when it has closed. Behind a proxy the place is taken
 * first, and the address counted as soon as the proxy has said it.
 * Maximums: `connectionsMax` places, as many addresses remembered as there are places taken.
 */
import { BlockList, isIP } from 'node:net';
import { SafeError } from '../base/errors.js';
import type { LinkLimits } from '../base/limits.js';
import type { LinkEvent } from './counters.js';

export interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  /** Leading bits that must agree. */
  readonly bits: number;
}

/** `10.1.2.3`, `10.1.0.0/16`, `fd00::/8`; undefined where it is none of these. */
export function networkOf(entry: string): Network | undefined {
  const [, address = '', , bits] = /^([^/]+)(\/(\d{1,3}))?$/.exec(entry) ?? [];
  const version = isIP(address);
  if (version === 0) return undefined;
  const bitsMax = version === 4 ? 32 : 128;
  const wanted = bits === undefined ? bitsMax : Number(bits);
  return wanted > bitsMax ? undefined : { address, family: version === 4 ? 'ipv4' : 'ipv6', bits: wanted };
}

/** An IPv4 address that came over an IPv6 socket is written as IPv4. */
export function plainAddress(remote: string): string {
  return /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(remote) ? remote.slice(7) : remote;
}

export function holds(list: BlockList, address: string): boolean {
  return list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

type Refusal = Extract<LinkEvent, 'refused-address' | 'refused-full'>;

export class Admission {
  readonly #limits: LinkLimits;
  readonly #allowed: BlockList | undefined;
  readonly #perAddress = new Map<string, number>();
  #taken = 0;

  /** `allow`: addresses and networks; everybody where undefined. Throws SafeError where an entry is neither. */
  constructor(allow: readonly string[] | undefined, limits: LinkLimits) {
    this.#limits = limits;
    this.#allowed = allow && networkList(allow, 'allow');
  }

  /** Takes a place; else says under which name the refusal is counted. */
  enter(address: string): Refusal | undefined {
    const refusal = this.#refusalOf(address) ?? this.enterUnnamed();
    if (!refusal) this.#add(address);
    return refusal;
  }

  /** Takes a place for one whose address is not known yet. */
  enterUnnamed(): Refusal | undefined {
    if (this.#taken >= this.#limits.connectionsMax) return 'refused-full';
    this.#taken += 1;
    return undefined;
  }

  /** Counts the address of one that has its place; refused, it keeps the place until it leaves. */
  name(address: string): Refusal | undefined {
    const refusal = this.#refusalOf(address);
    if (!refusal) this.#add(address);
    return refusal;
  }

  #add(address: string): void {
    this.#perAddress.set(address, (this.#perAddress.get(address) ?? 0) + 1);
  }

  #refusalOf(address: string): Refusal | undefined {
    if (this.#allowed && !holds(this.#allowed, address)) return 'refused-address';
    const ofAddress = this.#perAddress.get(address) ?? 0;
    return ofAddress >= this.#limits.connectionsPerAddressMax ? 'refused-full' : undefined;
  }

  /** Without an address: one that was never named. */
  leave(address: string | undefined): void {
    this.#taken -= 1;
    if (address === undefined) return;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }
}

/** Throws SafeError, in which `member` stands for the list, where an entry is neither an address nor a network. */
export function networkList(entries: readonly string[], member: string): BlockList {
  const list = new BlockList();
  for (const entry of entries) {
    const network = networkOf(entry);
    if (!network) throw new SafeError(`${member}: "${entry}" is no address or network`);
    list.addSubnet(network.address, network.bits, network.family);
  }
  return list;
}
