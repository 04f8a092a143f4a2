/** `prepaid-switch capture list`: the TCP connections of a capture, a line each. Exit code 1 where there is none. */
import type { Command } from 'commander';
import type { PacketCounts } from '../capture/internet.js';
import type { Listing } from '../tools/capture/list.js';
import { type CaptureOptions, Faults, trafficOptions, withCapture } from './captureOptions.js';
import { EXIT, print, printJson } from './command.js';
import { table } from './fields.js';

const NOTES = `
missing: bytes that the capture lacks. server by: whether the handshake (syn), --port (option) or a guess tells which
side is the server. end: fin or rst, or end where the capture ends first.

Examples:
  prepaid-switch capture list friday.pcapng
  prepaid-switch capture list friday.pcap --port 8583,8584 --json`;

export function register(capture: Command): void {
  withCapture(capture.command('list'))
    .description('the TCP connections of a capture')
    .addHelpText('after', NOTES)
    .action(list);
}

async function list(file: string, options: CaptureOptions): Promise<void> {
  const { listConnections } = await import('../tools/capture/list.js');
  const { readStreams } = await import('../tools/capture/traffic.js');
  const { noPackets } = await import('../capture/internet.js');
  const counts = noPackets();
  const faults = new Faults();
  const events = readStreams(file, { ...(await trafficOptions(options)), counts });
  const listing = listConnections(events, faults.tell);
  faults.end();
  if (options.json) await tellJson(listing, counts, faults);
  else await tell(listing, counts);
  if (listing.connections.length === 0) process.exitCode = EXIT.notSo;
}

async function tell({ connections, notListed }: Listing, counts: PacketCounts): Promise<void> {
  const { timeText } = await import('../tools/capture/times.js');
  const { endpointText } = await import('../tools/capture/export.js');
  const head = ['connection', 'seconds', 'to server', 'to client', 'missing', 'end', 'server by', 'opened'];
  const rows = connections.map((line) => [
    String(line.connection.id),
    ((line.lastUs - line.openedUs) / 1e6).toFixed(3),
    String(line.bytes['to-server']),
    String(line.bytes['to-client']),
    String(line.missingBytes),
    line.closed,
    line.connection.serverKnownBy,
    timeText(line.openedUs),
    `${endpointText(line.connection.client)} > ${endpointText(line.connection.server)}`,
  ]);
  if (rows.length > 0) print(table([[...head, 'client > server'], ...rows], 5));
  if (notListed > 0) print(`and ${notListed} more connections`);
  if (connections.length === 0) print('no TCP connection');
  const kinds: readonly (readonly [number, string])[] = [
    [counts.packets, 'packets'],
    [counts.tcp, 'TCP'],
    [counts.fragments, 'IP fragments'],
    [counts.otherIp, 'other IP'],
    [counts.notIp, 'no IP'],
    [counts.unknownLink, 'of unknown link types'],
    [counts.cut, 'cut before their headers end'],
  ];
  const told = kinds.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  if (told.length > 0) print(told.join(', '));
}

async function tellJson(listing: Listing, packets: PacketCounts, faults: Faults): Promise<void> {
  const { timeText } = await import('../tools/capture/times.js');
  const connections = listing.connections.map((line) => ({
    ...line.connection,
    opened: timeText(line.openedUs),
    seconds: (line.lastUs - line.openedUs) / 1e6,
    toServerBytes: line.bytes['to-server'],
    toClientBytes: line.bytes['to-client'],
    missingBytes: line.missingBytes,
    closed: line.closed,
  }));
  const { count, skippedBytes } = faults;
  printJson({ connections, notListed: listing.notListed, packets, faults: count, skippedBytes });
}
