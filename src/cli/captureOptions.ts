/** What the commands on captures share: the file and its options, and how faults are told. */
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import type { StreamEvent } from '../tools/capture/events.js';
import type { TrafficOptions } from '../tools/capture/traffic.js';

/** Faults told one by one; of those beyond only the number. */
const FAULTS_TOLD_MAX = 20;
const PORT_MAX = 65_535;
/** Its length is what counts. */
export const ANY_TPDU = '6000000000';

export interface CaptureOptions {
  readonly port?: readonly number[];
  readonly key?: string;
  readonly json?: boolean;
}

export function withCapture(command: Command): Command {
  return command
    .argument('<file>', 'a pcap, a pcapng, an encrypted recording or a hex list; - reads standard input')
    .option(
      '--port <ports>',
      'only connections to these ports of servers, comma-separated',
      numbers(PORT_MAX),
    )
    .option('--key <file>', 'the private key of an encrypted recording (see capture key)')
    .option('--json', 'print JSON');
}

export async function trafficOptions({ port, key }: CaptureOptions): Promise<TrafficOptions> {
  if (key === undefined) return { ports: port };
  const { sealingKeyOf } = await import('../capture/sealed.js');
  return { ports: port, key: sealingKeyOf(readFileSync(key, 'utf8')) };
}

type FaultEvent = Extract<StreamEvent, { kind: 'fault' }>;

/** Tells on standard error what could not be read, each in a line with its offset. */
export class Faults {
  count = 0;
  skippedBytes = 0;

  readonly tell = ({ why, offset, skippedBytes, connection, direction }: FaultEvent): void => {
    this.count += 1;
    this.skippedBytes += skippedBytes;
    if (this.count > FAULTS_TOLD_MAX) return;
    const where = connection ? ` (connection ${connection.id}${direction ? `, ${direction}` : ''})` : '';
    const skipped = skippedBytes > 0 ? `; ${skippedBytes} bytes passed over` : '';
    process.stderr.write(`offset ${offset}${where}: ${why}${skipped}\n`);
  };

  end(): void {
    const more = this.count - FAULTS_TOLD_MAX;
    if (more > 0) process.stderr.write(`and ${more} more of this kind or others\n`);
  }
}

/** For commander: whole numbers from 1 on, comma-separated. */
export function numbers(max: number): (text: string) => readonly number[] {
  return (text) =>
    text.split(',').map((word) => {
      const number = Number(word);
      if (!/^\d+$/.test(word) || number < 1 || number > max)
        throw new InvalidArgumentError(`It must be numbers from 1 to ${max}, comma-separated.`);
      return number;
    });
}
