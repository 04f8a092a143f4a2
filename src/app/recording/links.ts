/** Which links of a configuration are recorded, and how: links of terminals and hosts, and of suppliers over ISO 8583. */
import type { RecordOptions } from '../../transport/index.js';
import { linkLimits, recordSchema } from '../../transport/index.js';
import type { Config } from '../config.js';
import { refuseExposed, refuseExposedSupplier } from './exposed.js';
import type { RecordedLink } from './recorder.js';

export function recordedLinks(config: Config): RecordedLink[] {
  const links = config.links.flatMap((link) => (link.record ? [recorded(link, link.record)] : []));
  const suppliers = config.suppliers.flatMap((supplier) => {
    if (supplier.kind !== 'iso8583' || !supplier.link.record) return [];
    const { link, format } = supplier;
    const name = supplierRecording(supplier.name);
    return [recorded({ ...link, mode: 'connect' as const, name, format }, supplier.link.record)];
  });
  return [...links, ...suppliers];
}

/** The name under which a supplier's link is recorded; no link can have it. */
export function supplierRecording(supplier: string): string {
  return `supplier_${supplier}`;
}

type Link = Pick<Config['links'][number], 'name' | 'mode' | 'framing' | 'format' | 'limits'>;

function recorded({ name, mode, framing, format, limits }: Link, record: RecordOptions): RecordedLink {
  const { frameBytesMax } = linkLimits({ limits });
  return { ...record, name, mode, framing, format, frameBytesMax };
}

/** Every link that has no recording of its own gets one; with a key, encrypted for its holder. Throws SafeError. */
export function recordingAll(config: Config, folder: string, key: string | undefined): Config {
  const record = recordSchema.parse(
    key === undefined ? { folder } : { folder, contents: 'encrypted', for: key },
  );
  const links = config.links.map((link) => ({ ...link, record: link.record ?? record }));
  for (const link of links) refuseExposed(link);
  const suppliers = config.suppliers.map((supplier) =>
    supplier.kind === 'iso8583'
      ? { ...supplier, link: { ...supplier.link, record: supplier.link.record ?? record } }
      : supplier,
  );
  for (const supplier of suppliers) refuseExposedSupplier(supplier);
  return { ...config, links, suppliers };
}
