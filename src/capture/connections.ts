/**
 * TCP connections of a capture: segments in as captured, connections, bytes in order and gaps out. A connection is
 * found by a hash of its addresses and ports that is the same for both directions; a new SYN on the same ports is a
 * new connection. Maximum: `connectionsMax` of them, closed ones included, which are kept to know stragglers by.
 */
import { addressText } from './addresses.js';
import { CAPTURE_LIMITS, type CaptureLimits } from './limits.js';
import type { FaultSink, SegmentSink } from './packets.js';
import { distance, type StreamSink, TcpStream, type WaitingTotal } from './stream.js';
import type { CaptureConnection, Closing, Direction } from './types.js';

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;
const HEADER_BYTES = 20;
/** Behind the end of a connection, so near to it that it is a straggler of it and not another connection. */
const STRAGGLER_BYTES = 1_048_576;
/** Of the connections, what goes at once where there are too many. */
const EVICTED_SHARE = 1 / 8;

interface Tracked {
  readonly about: CaptureConnection;
  /** Client's address, then the server's. */
  readonly addresses: Buffer;
  readonly hash: number;
  readonly toServer: TcpStream;
  readonly toClient: TcpStream;
  /** Another connection of the same hash. */
  chained: Tracked | undefined;
  isClosed: boolean;
  lastUs: number;
  lastOffset: number;
  /** Where the last segment ended that was too far ahead: another one there is no accident. */
  farEnd: number;
}

/** One segment as it lies in a packet. */
interface Place {
  readonly buffer: Buffer;
  readonly addressesAt: number;
  readonly addressBytes: 4 | 16;
  readonly sourcePort: number;
  readonly targetPort: number;
  readonly flags: number;
}

export interface ConnectionOptions {
  /** Only connections to these ports; and that tells which side is the server. */
  readonly ports?: readonly number[] | undefined;
  readonly limits?: Partial<CaptureLimits> | undefined;
}

export class Connections implements SegmentSink {
  readonly #sink: StreamSink;
  readonly #faults: FaultSink;
  readonly #limits: CaptureLimits;
  readonly #ports: ReadonlySet<number> | undefined;
  readonly #byHash = new Map<number, Tracked>();
  readonly #all = new Set<Tracked>();
  /** Of all, in the order in which they closed. */
  readonly #closed = new Set<Tracked>();
  /** Ports that were seen to be connected to. */
  readonly #serverPorts = new Set<number>();
  readonly #total: WaitingTotal = { bytes: 0 };
  #ids = 0;

  constructor(sink: StreamSink, faults: FaultSink, options: ConnectionOptions = {}) {
    this.#sink = sink;
    this.#faults = faults;
    this.#limits = { ...CAPTURE_LIMITS, ...options.limits };
    this.#ports = options.ports && new Set(options.ports);
  }

  segment(
    buffer: Buffer,
    addressesAt: number,
    addressBytes: 4 | 16,
    tcpAt: number,
    end: number,
    claimedEnd: number,
    timeUs: number,
    offset: number,
  ): void {
    if (tcpAt + HEADER_BYTES > end) {
      this.#faults.fault('a TCP header that the capture cut', offset, end - tcpAt);
      return;
    }
    const sourcePort = buffer.readUInt16BE(tcpAt);
    const targetPort = buffer.readUInt16BE(tcpAt + 2);
    if (this.#ports && !this.#ports.has(sourcePort) && !this.#ports.has(targetPort)) return;
    const dataAt = tcpAt + ((buffer[tcpAt + 12] as number) >> 4) * 4;
    if (dataAt < tcpAt + HEADER_BYTES || dataAt > claimedEnd) {
      this.#faults.fault(`a TCP header of ${dataAt - tcpAt} bytes`, offset, end - tcpAt);
      return;
    }
    const flags = buffer[tcpAt + 13] as number;
    const sequence = buffer.readUInt32BE(tcpAt + 4);
    const acknowledged = buffer.readUInt32BE(tcpAt + 8);
    const hash = hashOf(buffer, addressesAt, addressBytes, sourcePort, targetPort);
    let found = this.#byHash.get(hash);
    let toServer = true;
    for (; found; found = found.chained) {
      const way = direction(found, buffer, addressesAt, addressBytes, sourcePort, targetPort);
      if (way === 0) continue;
      toServer = way > 0;
      break;
    }
    const dataBytes = claimedEnd - dataAt;
    if (!found || this.#isAnother(found, toServer, flags, sequence, dataBytes, offset)) {
      const place = { buffer, addressesAt, addressBytes, sourcePort, targetPort, flags };
      const opened = this.#begin(place, hash, dataBytes, found, timeUs, offset);
      if (!opened) return;
      found = opened;
      toServer = opened.about.client.port === sourcePort && isFromClient(opened, buffer, addressesAt);
    }
    if (found.isClosed) return;
    found.lastUs = timeUs;
    found.lastOffset = offset;
    const start = Math.min(dataAt, end);
    this.#take(found, toServer, flags, sequence, acknowledged, buffer, start, end, dataBytes, timeUs, offset);
  }

  /** The capture is at its end: what waits is handed on, and what is open is closed. */
  end(): void {
    for (const tracked of this.#all) this.#close(tracked, 'end', tracked.lastUs, tracked.lastOffset);
    this.#all.clear();
    this.#closed.clear();
    this.#byHash.clear();
  }

  #take(
    tracked: Tracked,
    toServer: boolean,
    flags: number,
    sequence: number,
    acknowledged: number,
    buffer: Buffer,
    start: number,
    end: number,
    dataBytes: number,
    timeUs: number,
    offset: number,
  ): void {
    const own = toServer ? tracked.toServer : tracked.toClient;
    const other = toServer ? tracked.toClient : tracked.toServer;
    const first = flags & SYN ? (sequence + 1) >>> 0 : sequence;
    if (flags & SYN && !own.isKnown) own.begin(first);
    if (start < end && !own.segment(first, buffer, start, end, timeUs, offset)) {
      tracked.farEnd = (first + dataBytes) >>> 0;
      const way: Direction = toServer ? 'to-server' : 'to-client';
      this.#sink.stray(tracked.about, way, 'a segment far ahead of its stream', end - start, timeUs, offset);
    }
    if (flags & ACK) other.acknowledge(acknowledged, timeUs);
    if (flags & RST) {
      this.#close(tracked, 'rst', timeUs, offset);
      return;
    }
    if (flags & FIN) own.fin((first + dataBytes) >>> 0);
    if (own.isWaiting) own.settle(timeUs, offset, !other.isKnown);
    if (other.isWaiting) other.settle(timeUs, offset, !own.isKnown);
    if (own.isFinished && other.isFinished) this.#close(tracked, 'fin', timeUs, offset);
  }

  #close(tracked: Tracked, how: Closing, timeUs: number, offset: number): void {
    if (tracked.isClosed) return;
    tracked.isClosed = true;
    tracked.toServer.flush(timeUs, offset);
    tracked.toClient.flush(timeUs, offset);
    this.#closed.add(tracked);
    this.#sink.closed(tracked.about, how, timeUs, offset);
  }

  /** Whether the segment belongs to another connection than the one that was found by its addresses and ports. */
  #isAnother(
    tracked: Tracked,
    toServer: boolean,
    flags: number,
    sequence: number,
    dataBytes: number,
    offset: number,
  ): boolean {
    const own = toServer ? tracked.toServer : tracked.toClient;
    if ((flags & (SYN | ACK)) === SYN) {
      const isSame = toServer && own.isKnown && own.first === (sequence + 1) >>> 0;
      if (!isSame) this.#close(tracked, 'end', tracked.lastUs, offset);
      return !isSame;
    }
    if (dataBytes === 0 || !own.isKnown) return false;
    const ahead = distance(own.next, sequence);
    if (tracked.isClosed) return ahead > STRAGGLER_BYTES || ahead < -this.#limits.aheadBytesMax;
    if (ahead <= this.#limits.aheadBytesMax || tracked.farEnd !== sequence) return false;
    this.#close(tracked, 'end', tracked.lastUs, offset);
    return true;
  }

  /** A connection that begins with this segment; undefined where the segment is of none that was asked for. */
  #begin(
    place: Place,
    hash: number,
    dataBytes: number,
    before: Tracked | undefined,
    timeUs: number,
    offset: number,
  ): Tracked | undefined {
    const { buffer, addressesAt, addressBytes, sourcePort, targetPort, flags } = place;
    // What ends a connection that was never seen begins none.
    if (dataBytes === 0 && (flags & (RST | FIN)) !== 0) return undefined;
    const { fromClient, knownBy } = this.#side(sourcePort, targetPort, flags);
    const serverPort = fromClient ? targetPort : sourcePort;
    if (knownBy === 'syn') this.#serverPorts.add(serverPort);
    if (this.#ports && !this.#ports.has(serverPort)) return undefined;
    if (before) this.#forget(before);
    if (this.#all.size >= this.#limits.connectionsMax) this.#evict(timeUs, offset);
    const clientAt = fromClient ? addressesAt : addressesAt + addressBytes;
    const serverAt = fromClient ? addressesAt + addressBytes : addressesAt;
    this.#ids += 1;
    const about: CaptureConnection = {
      id: this.#ids,
      client: {
        address: addressText(buffer, clientAt, addressBytes),
        port: fromClient ? sourcePort : targetPort,
      },
      server: { address: addressText(buffer, serverAt, addressBytes), port: serverPort },
      serverKnownBy: knownBy,
    };
    const tracked: Tracked = {
      about,
      addresses: Buffer.concat([
        buffer.subarray(clientAt, clientAt + addressBytes),
        buffer.subarray(serverAt, serverAt + addressBytes),
      ]),
      hash,
      toServer: new TcpStream(about, 'to-server', this.#sink, this.#limits, this.#total),
      toClient: new TcpStream(about, 'to-client', this.#sink, this.#limits, this.#total),
      chained: this.#byHash.get(hash),
      isClosed: false,
      lastUs: timeUs,
      lastOffset: offset,
      farEnd: -1,
    };
    this.#byHash.set(hash, tracked);
    this.#all.add(tracked);
    this.#sink.opened(about, timeUs, offset);
    return tracked;
  }

  /** Whether the sender is the client: by the handshake, by the ports asked for, else by what is likely. */
  #side(
    source: number,
    target: number,
    flags: number,
  ): { fromClient: boolean; knownBy: CaptureConnection['serverKnownBy'] } {
    if (flags & SYN) return { fromClient: (flags & ACK) === 0, knownBy: 'syn' };
    const isServer = (port: number): boolean => this.#serverPorts.has(port);
    const isAsked = (port: number): boolean => this.#ports?.has(port) === true;
    const isSeen = isServer(source) !== isServer(target);
    // Where one that was not asked for was seen as a server's, the other is a client's that happens to be alike.
    if (isSeen && !isAsked(isServer(target) ? target : source))
      return { fromClient: isServer(target), knownBy: 'guess' };
    if (isAsked(source) !== isAsked(target)) return { fromClient: isAsked(target), knownBy: 'option' };
    return { fromClient: target <= source, knownBy: 'guess' };
  }

  /** Makes room: closed connections go first, then those that were silent longest. */
  #evict(timeUs: number, offset: number): void {
    const [closed] = this.#closed;
    if (closed) {
      this.#forget(closed);
      return;
    }
    const silent = [...this.#all].sort((one, other) => one.lastUs - other.lastUs);
    const count = Math.ceil(silent.length * EVICTED_SHARE);
    const most = this.#limits.connectionsMax;
    const why = `more than ${most} connections: the ${count} that were silent longest are taken as ended`;
    this.#faults.fault(why, offset, 0);
    for (const tracked of silent.slice(0, count)) {
      this.#close(tracked, 'end', timeUs, offset);
      this.#forget(tracked);
    }
  }

  #forget(tracked: Tracked): void {
    this.#all.delete(tracked);
    this.#closed.delete(tracked);
    const first = this.#byHash.get(tracked.hash);
    if (first === tracked) {
      if (tracked.chained) this.#byHash.set(tracked.hash, tracked.chained);
      else this.#byHash.delete(tracked.hash);
      return;
    }
    for (let one = first; one; one = one.chained) {
      if (one.chained !== tracked) continue;
      one.chained = tracked.chained;
      return;
    }
  }
}

/** The same for both directions of a connection. */
function hashOf(buffer: Buffer, at: number, bytes: number, source: number, target: number): number {
  let one = Math.imul(source + 1, 0x9e3779b1);
  let other = Math.imul(target + 1, 0x9e3779b1);
  for (let word = 0; word < bytes; word += 4) {
    one = Math.imul(one ^ buffer.readInt32LE(at + word), 0x85ebca6b);
    other = Math.imul(other ^ buffer.readInt32LE(at + bytes + word), 0x85ebca6b);
  }
  return ((one ^ (one >>> 15)) + (other ^ (other >>> 15))) | 0;
}

/** 1 to the server, -1 to the client, 0 where the segment is of another connection. */
function direction(
  { about, addresses }: Tracked,
  buffer: Buffer,
  at: number,
  bytes: number,
  source: number,
  target: number,
): number {
  if (addresses.length !== 2 * bytes) return 0;
  const { client, server } = about;
  if (source === client.port && target === server.port) {
    if (isSame(addresses, 0, buffer, at, 2 * bytes)) return 1;
  }
  if (source !== server.port || target !== client.port) return 0;
  const isTurned =
    isSame(addresses, 0, buffer, at + bytes, bytes) && isSame(addresses, bytes, buffer, at, bytes);
  return isTurned ? -1 : 0;
}

function isFromClient({ addresses }: Tracked, buffer: Buffer, at: number): boolean {
  return isSame(addresses, 0, buffer, at, addresses.length / 2);
}

function isSame(one: Buffer, oneAt: number, other: Buffer, otherAt: number, bytes: number): boolean {
  for (let word = 0; word < bytes; word += 4) {
    if (one.readInt32LE(oneAt + word) !== other.readInt32LE(otherAt + word)) return false;
  }
  return true;
}
