/** The maximums of reading a capture, each with its unit. Beyond them something is passed over, and a fault says so. */

export const CAPTURE_LIMITS = {
  /** One packet, as the tools that write captures have it. */
  packetBytesMax: 262_144,
  /** One block of a pcapng; a longer one is taken for damage. */
  blockBytesMax: 16_777_216,
  /** Interfaces of one section of a pcapng. */
  interfacesMax: 4_096,
  /** Datagrams of which only some fragments have come; the oldest go first. */
  datagramsMax: 256,
  /** Bytes behind the header of a datagram that came in fragments. */
  datagramBytesMax: 65_535,
  fragmentsPerDatagramMax: 1_024,
  /** Connections open at once, and as many that have closed; those that were silent longest go first. */
  connectionsMax: 65_536,
  /** Bytes of one direction that wait for earlier ones; over it the earlier ones are taken for lost. */
  waitingBytesMax: 1_048_576,
  waitingSegmentsMax: 2_048,
  /** The same for all connections together. */
  waitingTotalBytesMax: 67_108_864,
  /** A segment so far ahead of its stream is none of it. */
  aheadBytesMax: 67_108_864,
  /** Bytes that the peer has acknowledged may yet come so much later, microseconds: captures reorder packets. */
  reorderUs: 2_000,
  /** Where only one direction was captured nobody acknowledges: so long, microseconds, a segment may be missing. */
  silentUs: 3_000_000,
} as const;

export type CaptureLimits = { readonly [Name in keyof typeof CAPTURE_LIMITS]: number };
