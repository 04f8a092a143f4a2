/**
 * The hub's calls (wire/messages.ts) over its books, whoever carries them. Every one is refused by HubRefusal; what is
 * answered was on disk before. A call whose answer was lost may be made again: contacts and asks are known by their
 * names, transfers by their numbers, an enrolment by its code and keys.
 */
import type { Clock } from '../../base/clock.js';
import type { Log } from '../../base/log.js';
import type { Random } from '../../base/random.js';
import type { Vault } from '../../stock/vault.js';
import type { NetworkSwitch, Store } from '../../store/store.js';
import { agree, keyBytes, WireKeyError } from '../wire/keys.js';
import {
  type AskAnswer,
  type AskRequest,
  type CatalogueAnswer,
  type ContactAnswer,
  type ContactRequest,
  type EnrolAnswer,
  type EnrolRequest,
  type PollAnswer,
  type PollRequest,
  type RestateRequest,
  WIRE_LIMITS,
} from '../wire/messages.js';
import { streamOf } from '../wire/parcel.js';
import { Asks } from './asks.js';
import { type Credentials, callerOf, digestOf } from './callers.js';
import { Freshness } from './freshness.js';
import { type HubIdentity, hubIdentity } from './identity.js';
import { Outgoing } from './outgoing.js';
import { Polls } from './polls.js';
import { HubRefusal, refusalOf } from './refusal.js';
import type { HubLimits } from './settings.js';
import { type SourceDeps, Sources } from './sources.js';
import { Watch } from './watch.js';

export interface ServiceDeps {
  readonly store: Store;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly limits: HubLimits;
  readonly utcOffsetMinutes: number;
  readonly floorOf: SourceDeps['floorOf'];
  /** Other hub processes may answer switches from the same books. */
  readonly isShared?: boolean;
}

/** Contacts refused for these reasons are for this moment; for any other the switch must be enrolled anew. */
const PASSING: ReadonlySet<string> = new Set(['hub-behind', 'not-holder', 'gap']);

export class HubService {
  readonly watch: Watch;
  readonly polls: Polls;
  readonly asks: Asks;
  readonly freshness: Freshness;
  readonly #deps: ServiceDeps;
  readonly #hub: HubIdentity;
  readonly #outgoing: Outgoing;
  readonly #sources: Sources;
  /**
   * Switches whose last contact was taken, by this process: only these are given anything. A hub whose books are older
   * than they should be learns so from a contact, and must not have given away before what may be out there.
   */
  readonly #heard = new Set<number>();
  readonly #startedAt: number;

  static async open(deps: ServiceDeps): Promise<HubService> {
    const { store, vault, clock, random, log, limits } = deps;
    const freshness = await Freshness.open(store, clock, log, limits.booksAgeMax);
    return new HubService(deps, await hubIdentity(store, vault, random), freshness);
  }

  private constructor(deps: ServiceDeps, hub: HubIdentity, freshness: Freshness) {
    const { store, vault, clock, random, log, limits } = deps;
    this.#deps = deps;
    this.#startedAt = clock.now();
    this.#hub = hub;
    this.freshness = freshness;
    this.watch = new Watch(store, clock, limits.lookMs);
    this.polls = new Polls(store, this.watch, clock, limits);
    this.#outgoing = new Outgoing(store, vault, random, hub);
    this.#sources = new Sources({ ...deps, connected: () => this.connected() });
    this.asks = new Asks(
      {
        now: () => clock.now(),
        recallFrom: (order) => store.recallFrom(order),
        carriedOut: async (switchId, recall, until, gone) => {
          await this.watch.until(
            ({ switches }) => (switches.get(switchId)?.recalled ?? recall) >= recall,
            until,
            gone,
          );
        },
        changed: (ms, gone) => this.watch.next(ms, gone),
        wake: () => this.watch.wake(),
        log,
      },
      limits,
    );
  }

  /** Switches that what is given or recalled reaches now, and that this process may give anything. */
  connected(): ReadonlySet<number> {
    if (this.freshness.awaited > 0) return new Set();
    const here = [...this.polls.connected()].filter((id) => this.#heard.has(id));
    return new Set([...here, ...this.#heardElsewhere()]);
  }

  /** A contact that another process has taken into the same books is as good; what is recalled is seen there by its watch. */
  #heardElsewhere(): number[] {
    const { isShared, clock, limits } = this.#deps;
    if (!isShared) return [];
    // For the next time: whoever keeps levels asks again and again. Where the store fails the process ends.
    this.watch.recent().catch(() => undefined);
    const switches = this.watch.last?.switches ?? new Map<number, NetworkSwitch>();
    const since = Math.max(clock.now() - limits.elsewhereMs, this.#startedAt);
    return [...switches.values()].filter(({ seenAt }) => seenAt >= since).map(({ id }) => id);
  }

  /** Whether this process may give that switch anything. */
  #mayGive(by: NetworkSwitch): boolean {
    if (this.freshness.awaited > 0) return false;
    return this.#heard.has(by.id) || this.#heardElsewhere().includes(by.id);
  }

  caller(credentials: Credentials): Promise<NetworkSwitch> {
    return callerOf(this.watch, credentials);
  }

  /** `certificate`: SHA-256 of the one that was shown; undefined for none. */
  async enrol(
    { code, publicKey, tokenSha256 }: EnrolRequest,
    certificate: string | undefined,
  ): Promise<EnrolAnswer> {
    const { store, clock, log } = this.#deps;
    const at = clock.now();
    refuseKey(publicKey, this.#hub);
    const codeSha256 = digestOf(code);
    const certificateSha256 = certificate ?? '';
    const result = await store.enrol({ codeSha256, publicKey, tokenSha256, certificateSha256, at });
    if (result.kind === 'refused') {
      log.warn({ why: result.why }, 'enrolment refused');
      throw new HubRefusal(403, { error: result.why, detail: CODES[result.why] });
    }
    const { name, epoch } = result;
    log.info({ switch: name, epoch }, 'switch enrolled');
    this.watch.wake();
    return { network: this.#hub.network, name, epoch, hubKey: this.#hub.keys.publicKey };
  }

  async contact(by: NetworkSwitch, request: ContactRequest): Promise<ContactAnswer> {
    const { store, clock, log } = this.#deps;
    const at = clock.now();
    const clockOff = clockFault(request.now, at);
    if (clockOff) {
      this.#heard.delete(by.id);
      throw clockOff;
    }
    const { now: _, statement, ...told } = request;
    const result = await store.contact({ ...told, switchId: by.id, statement, at });
    if (result.kind === 'accepted') {
      this.#heard.add(by.id);
      await this.freshness.heard(by.id);
    } else this.#heard.delete(by.id);
    this.watch.wake();
    if (result.kind === 'refused') {
      const { why, detail } = result;
      const isPassing = PASSING.has(why);
      log.warn({ switch: by.name, why, detail }, 'contact refused');
      throw new HubRefusal(isPassing ? 409 : 403, { error: why, detail, fatal: !isPassing });
    }
    const { change, journal, settling } = result;
    return { change, journal, settling };
  }

  async poll(by: NetworkSwitch, request: PollRequest, gone: AbortSignal): Promise<PollAnswer> {
    return this.polls.poll(by, request, gone);
  }

  /** One stream of parcels, and how many. */
  async transfers(
    by: NetworkSwitch,
    after: number,
  ): Promise<{ readonly stream: Buffer; readonly count: number }> {
    refuse(by, by.epoch);
    const parcels = await this.#outgoing.parcels(by, after);
    return { stream: streamOf(parcels), count: parcels.length };
  }

  async ask(by: NetworkSwitch, request: AskRequest, gone: AbortSignal): Promise<AskAnswer> {
    refuse(by, request.epoch);
    if (this.#mayGive(by)) await this.asks.ask(by, request, this.#sources.wantedBy(by, request), gone);
    const parcels = await this.#outgoing.parcels(by, request.transfer);
    return { parcels: parcels.map((parcel) => parcel.toString('base64')) };
  }

  async catalogue(by: NetworkSwitch, revision: number): Promise<CatalogueAnswer> {
    refuse(by, by.epoch);
    const { store } = this.#deps;
    const [found] = revision > 0 ? await store.revisions(revision, 1) : [];
    if (found?.revision !== revision) {
      throw new HubRefusal(404, { error: 'not-found', detail: `the catalogue has no revision ${revision}` });
    }
    return { revision, digest: found.digest, portions: [...(await store.portionDigests(revision))] };
  }

  async portion(by: NetworkSwitch, digest: string): Promise<string> {
    refuse(by, by.epoch);
    const content = await this.#deps.store.portion(digest);
    if (content !== undefined) return content;
    throw new HubRefusal(404, { error: 'not-found', detail: 'the catalogue has no such portion' });
  }

  async restate(by: NetworkSwitch, { epoch, pins, money, end }: RestateRequest): Promise<void> {
    refuse(by, epoch);
    const { store, clock, log } = this.#deps;
    await store.restate({ switchId: by.id, pins, money, end, at: clock.now() });
    if (!end) return;
    log.info({ switch: by.name }, 'switch has told all that it holds');
    this.watch.wake();
  }

  /** Polls are answered; nobody waits any more. */
  stop(): void {
    this.polls.endAll();
    this.watch.stop();
  }
}

const CODES = {
  'unknown-code': 'no switch was invited by this code',
  expired: 'the code has expired: invite the switch again',
  used: 'the code was used before, with another key',
  certificate: 'the client certificate that the code is bound to is needed',
} as const;

/** Nothing could ever be sent to a switch whose key agrees with none. */
function refuseKey(publicKey: string, { keys }: HubIdentity): void {
  try {
    agree(keyBytes(keys.privateKey, 'own key'), keyBytes(publicKey, 'publicKey'), 'publicKey');
  } catch (error) {
    if (!(error instanceof WireKeyError)) throw error;
    throw new HubRefusal(400, { error: 'bad-request', detail: error.message });
  }
}

function refuse(by: NetworkSwitch, epoch: number): void {
  const refused = refusalOf(by, epoch);
  if (refused) throw refused;
}

/** Days, expiries and demand are reckoned by the clock: one that is far off would spoil the books. */
function clockFault(theirs: number, ours: number): HubRefusal | undefined {
  const off = Math.round(Math.abs(theirs - ours) / 1_000);
  const max = WIRE_LIMITS.clockOffMax / 1_000;
  if (off <= max) return undefined;
  const detail = `the switch's clock is ${off} s ${theirs > ours ? 'ahead of' : 'behind'} the hub's; at most ${max} s is allowed`;
  return new HubRefusal(409, { error: 'clock', detail });
}
