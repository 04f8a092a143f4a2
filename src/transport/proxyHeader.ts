/**
 * The header that a proxy puts before a connection it relays, as HAProxy's proxy-protocol.txt (5 March 2020) has it:
 * version 2 (binary) and version 1 (a line of text). What follows the addresses in version 2 (TLVs, a checksum among
 * them) is passed over. Maximums: 107 bytes of version 1; of version 2 what the caller allows, 65,551 by its own form.
 */
import { isIPv4, isIPv6, SocketAddress } from 'node:net';
import { SafeError } from '../base/errors.js';
import { addressText } from '../capture/addresses.js';
import { plainAddress } from './admission.js';
import type { End } from './tap.js';

/** The two ends of the connection that a proxy relays, as the proxy says. */
export interface Relayed {
  /** Who connected to the proxy. */
  readonly remote: End;
  /** Where it connected to. */
  readonly local: End;
}

export interface ProxyHeader {
  /** What follows belongs to the connection itself. */
  readonly bytes: number;
  /** Undefined where the connection's own ends count: the proxy's own connection, or of a kind that has no IP address. */
  readonly relayed: Relayed | undefined;
}

export class ProxyHeaderError extends SafeError {
  override name = 'ProxyHeaderError';
}

const SIGNATURE_2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const FIXED_BYTES_2 = 16;
const SIGNATURE_1 = Buffer.from('PROXY ', 'latin1');
const LINE_BYTES_MAX_1 = 107;

const LOCAL = 0x20;
const PROXY = 0x21;
const FAMILY_MAX = 3;
const TRANSPORT_MAX = 2;
/** Bytes of one address, by the byte for family and transport; others are known by no IP address over TCP. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = { 17: 4, 33: 16 };
const PORT_BYTES = 2;

/**
 * The header that `buffer` begins with; undefined where more bytes are needed to tell. Throws ProxyHeaderError where it
 * is none, or a longer one than `bytesMax`.
 */
export function readProxyHeader(buffer: Buffer, bytesMax: number): ProxyHeader | undefined {
  if (begins(buffer, SIGNATURE_2)) return readVersion2(buffer, bytesMax);
  if (begins(buffer, SIGNATURE_1)) return readVersion1(buffer, Math.min(bytesMax, LINE_BYTES_MAX_1));
  throw new ProxyHeaderError('no PROXY header');
}

/** As far as there are bytes. */
function begins(buffer: Buffer, signature: Buffer): boolean {
  const bytes = Math.min(buffer.length, signature.length);
  return buffer.compare(signature, 0, bytes, 0, bytes) === 0;
}

function readVersion2(buffer: Buffer, bytesMax: number): ProxyHeader | undefined {
  const command = buffer[SIGNATURE_2.length];
  if (command === undefined) return undefined;
  if (command !== LOCAL && command !== PROXY)
    throw new ProxyHeaderError(
      `PROXY header: version and command 0x${command.toString(16).padStart(2, '0')}`,
    );
  if (buffer.length < FIXED_BYTES_2) return undefined;
  const behind = buffer.readUInt16BE(14);
  const bytes = FIXED_BYTES_2 + behind;
  if (bytes > bytesMax) throw new ProxyHeaderError(`PROXY header of ${bytes} bytes: at most ${bytesMax}`);
  // Of a connection of the proxy's own the family is to be ignored, even a wrong one.
  const kind = command === PROXY ? (buffer[13] ?? 0) : 0;
  if (kind >> 4 > FAMILY_MAX || (kind & 0x0f) > TRANSPORT_MAX)
    throw new ProxyHeaderError(`PROXY header: family and transport 0x${kind.toString(16).padStart(2, '0')}`);
  const addressBytes = ADDRESS_BYTES[kind];
  if (addressBytes !== undefined && behind < 2 * (addressBytes + PORT_BYTES))
    throw new ProxyHeaderError(`PROXY header: ${behind} bytes hold no two addresses of ${addressBytes}`);
  if (buffer.length < bytes) return undefined;
  return { bytes, relayed: addressBytes === undefined ? undefined : endsAt(buffer, addressBytes) };
}

function endsAt(buffer: Buffer, addressBytes: number): Relayed {
  const portsAt = FIXED_BYTES_2 + 2 * addressBytes;
  const end = (at: number, portAt: number): End => ({
    address: plain(addressText(buffer, at, addressBytes)),
    port: buffer.readUInt16BE(portAt),
  });
  return {
    remote: end(FIXED_BYTES_2, portsAt),
    local: end(FIXED_BYTES_2 + addressBytes, portsAt + PORT_BYTES),
  };
}

function readVersion1(buffer: Buffer, bytesMax: number): ProxyHeader | undefined {
  const line = buffer.toString('latin1', 0, bytesMax);
  const end = line.indexOf('\r\n');
  if (end < 0) {
    if (line.length === bytesMax)
      throw new ProxyHeaderError(`PROXY line without an end in ${bytesMax} bytes`);
    return undefined;
  }
  const bytes = end + 2;
  const [, kind = '', ...words] = line.slice(0, end).split(' ');
  if (kind === 'UNKNOWN') return { bytes, relayed: undefined };
  const [from = '', to = '', fromPort = '', toPort = ''] = words;
  const isAddress = kind === 'TCP4' ? isIPv4 : kind === 'TCP6' ? isBareIPv6 : () => false;
  if (words.length !== 4 || ![from, to].every(isAddress) || ![fromPort, toPort].every(isPort))
    throw new ProxyHeaderError('PROXY line that is none');
  return {
    bytes,
    relayed: {
      remote: { address: plain(from), port: Number(fromPort) },
      local: { address: plain(to), port: Number(toPort) },
    },
  };
}

/** Hexadecimal alone: neither a zone nor an IPv4 address inside. */
function isBareIPv6(text: string): boolean {
  return /^[0-9A-Fa-f:]+$/.test(text) && isIPv6(text);
}

function isPort(text: string): boolean {
  return /^(0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 0xffff;
}

/** In the one form in which addresses are counted, listed and logged. */
function plain(text: string): string {
  return isIPv4(text) ? text : plainAddress(new SocketAddress({ address: text, family: 'ipv6' }).address);
}
