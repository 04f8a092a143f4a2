/**
 * What the web API tells of the catalogue: the same listings as a terminal's DE3 360000, with words in place of tags.
 * An answer holds LISTED_MAX items at most, and names the page to ask for next.
 */
import type { Listed, Outcome } from '../../domain/outcome.js';
import { problem, type Reply, replyOf } from './answers.js';
import { LISTED_MAX, type Listing, type ListingItem } from './bodies.js';

/** A member of an item for each tag (switch/listings.ts). */
const MEMBERS: Readonly<Record<string, keyof ListingItem>> = {
  PV: 'provider',
  NM: 'name',
  PR: 'product',
  AM: 'amount',
  MN: 'amountMin',
  MX: 'amountMax',
  ST: 'amountStep',
  CU: 'currency',
  UN: 'unit',
  VL: 'value',
  RG: 'region',
  RT: 'rate',
};

const NUMBERS: ReadonlySet<string> = new Set(['amount', 'amountMin', 'amountMax', 'amountStep', 'value']);

export function listingReply(outcome: Outcome | undefined): Reply {
  if (outcome?.listing) return { status: 200, body: listingOf(outcome.listing) };
  const reply = replyOf(outcome);
  return reply.status === 200 ? problem(404, 'not-found', 'no such provider, product or page') : reply;
}

function listingOf(listed: readonly Listed[]): Listing {
  const next = listed[LISTED_MAX]?.page;
  const items = listed.slice(0, LISTED_MAX).map(({ entries }) => itemOf(entries));
  return { items, ...(next === undefined ? {} : { next }) };
}

function itemOf(entries: Listed['entries']): ListingItem {
  const members = entries.flatMap(([tag, text]) => {
    const member = MEMBERS[tag];
    return member === undefined ? [] : [[member, NUMBERS.has(member) ? Number(text) : text] as const];
  });
  return Object.fromEntries(members);
}
