/**
 * Who may connect to a listening link: by address, and by number in all and of one address. A place is taken when
 * the socket is accepted, before any TLS handshake, and given back when it has closed.
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

export class Admission {
  readonly #limits: LinkLimits;
  readonly #allowed: BlockList | undefined;
  readonly #perAddress = new Map<string, number>();
  #taken = 0;

  /** `allow`: addresses and networks; everybody where undefined. Throws SafeError where an entry is neither. */
  constructor(allow: readonly string[] | undefined, limits: LinkLimits) {
    this.#limits = limits;
    this.#allowed = allow && listOf(allow);
  }

  /** Takes a place; else says under which name the refusal is counted. */
  enter(address: string): Extract<LinkEvent, 'refused-address' | 'refused-full'> | undefined {
    if (this.#allowed && !this.#allowed.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
      return 'refused-address';
    const ofAddress = this.#perAddress.get(address) ?? 0;
    const { connectionsMax, connectionsPerAddressMax } = this.#limits;
    if (this.#taken >= connectionsMax || ofAddress >= connectionsPerAddressMax) return 'refused-full';
    this.#taken += 1;
    this.#perAddress.set(address, ofAddress + 1);
    return undefined;
  }

  leave(address: string): void {
    this.#taken -= 1;
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }
}

function listOf(allow: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of allow) {
    const network = networkOf(entry);
    if (!network) throw new SafeError(`allow: "${entry}" is no address or network`);
    list.addSubnet(network.address, network.bits, network.family);
  }
  return list;
}
