/** A connection string with several hosts, as libpq has it, taken apart: the driver knows one host a string. */

const PARTS = /^([a-z]+:\/\/(?:[^@/]*@)?)([^/?]*)(.*)$/;

/** One string for each host, in their order. */
export function hostsOf(url: string): string[] {
  const [, before = '', hosts = '', after = ''] = PARTS.exec(url) ?? [];
  return hosts.includes(',') ? hosts.split(',').map((host) => `${before}${host}${after}`) : [url];
}
