/**
 * A PIN network of real processes: a hub, and switches that have joined it, each with a data folder of its own, on
 * loopback. Looks at databases beside the processes, so that a test needs no process for each question.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { openStoreOf } from '../../src/app/store.js';
import { systemClock } from '../../src/base/clock.js';
import { packageRoot } from '../../src/base/root.js';
import type { Audit, Store } from '../../src/store/store.js';
import { Client, saleOf } from './client.js';
import { commandLine } from './commandLine.js';
import { type IsoFields, type IsoMessage, parseTlv, pinsOf } from './iso.js';
import { baseConfig, batchFile, type Child, freePort, installation, MAIN, start } from './process.js';

const CRASHING_HUB = join(packageRoot(), 'dist/test/support/crashing-hub.js');
const CRASHING_SWITCH = join(packageRoot(), 'dist/test/support/crashing-switch.js');
const WAIT_MS = 15_000;
const LOOK_MS = 20;

type Teardown = { teardown(task: () => unknown): void };

/** Waits for what must come; says what was looked for where it does not. */
export async function until(
  what: string,
  test: () => Promise<boolean> | boolean,
  ms = WAIT_MS,
): Promise<void> {
  const end = Date.now() + ms;
  while (!(await test())) {
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const isReady = (output: string): boolean => /"msg":"ready"/.test(output);

function portsOf(child: Child): Record<string, number> {
  const line = child.output().split('\n').find(isReady) ?? '{}';
  return (JSON.parse(line) as { ports: Record<string, number> }).ports;
}

/** The command line's JSON on a data folder; throws where it does not end well. */
export async function command(folder: string, ...args: string[]): Promise<Record<string, unknown>> {
  const result = await commandLine([...args, '--data', folder, '--json']);
  if (result.code !== 0) throw new Error(`${args.join(' ')}: ${result.stderr}${result.stdout}`);
  return JSON.parse(result.stdout.trim().split('\n').pop() ?? '{}') as Record<string, unknown>;
}

/** What is common to a hub and a switch: a process on a folder, and the database beside it. */
class Node {
  readonly folder: string;
  child: Child | undefined;
  #store: Store | undefined;
  readonly #t: Teardown;

  constructor(t: Teardown, folder: string) {
    this.#t = t;
    this.folder = folder;
    t.teardown(() => this.closeBooks());
  }

  protected async launch(
    args: readonly string[],
    env: Record<string, string> = {},
    program?: string,
  ): Promise<Child> {
    const child = await start(args, isReady, env, program);
    this.child = child;
    this.#t.teardown(() => child.kill());
    return child;
  }

  /** The database, opened beside the process. */
  async books(): Promise<Store> {
    this.#store ??= await openStoreOf({ dataFolder: this.folder, clock: systemClock });
    return this.#store;
  }

  async closeBooks(): Promise<void> {
    const store = this.#store;
    this.#store = undefined;
    await store?.shutdown();
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    const child = this.child;
    this.child = undefined;
    return (await child?.kill(signal)) ?? null;
  }

  async audit(): Promise<Audit> {
    return (await this.books()).audit();
  }

  /** PINs here by custody, of one product or all. */
  async count(custody: string, product?: string): Promise<number> {
    const levels = await (await this.books()).levels();
    return levels
      .filter((one) => one.custody === custody && (product === undefined || one.product === product))
      .reduce((sum, { count }) => sum + count, 0);
  }
}

/** The keeper has one round, at the hub's start, and leaves it to the test what is given. */
export const NO_KEEPER = { keeper: { everyMs: 3_600_000, pauseMs: 3_600_000 } };

export interface HubOptions {
  /** Floors of desired levels, by product: what every switch is to have at least. */
  readonly floors?: Readonly<Record<string, number>>;
  readonly policy?: Record<string, unknown>;
  readonly limits?: Record<string, unknown>;
  readonly catalogue?: Record<string, unknown>;
  readonly folder?: string;
  readonly config?: Record<string, unknown>;
}

export class TestHub extends Node {
  readonly #options: HubOptions;
  readonly port: number;
  adminPort = 0;

  private constructor(t: Teardown, folder: string, port: number, options: HubOptions) {
    super(t, folder);
    this.port = port;
    this.#options = options;
  }

  static async open(t: Teardown, options: HubOptions = {}): Promise<TestHub> {
    const hub = new TestHub(t, options.folder ?? (await installation(t)), await freePort(), options);
    hub.configure();
    return hub;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  configure(policy: Record<string, unknown> = {}): void {
    const { floors = {}, catalogue } = this.#options;
    const limits = Object.entries(floors).map(([product, floor]) => ({ product, floor, ceiling: floor }));
    const base = baseConfig().catalogue as object;
    const config = {
      listen: { host: '127.0.0.1', port: this.port },
      admin: { host: '127.0.0.1', port: 0 },
      catalogue: { ...base, ...catalogue },
      policy: { limits, reserveShare: 0, giveBelow: 1, ...this.#options.policy, ...policy },
      limits: { lookMs: 20, connectedMs: 500, ...this.#options.limits },
      ...this.#options.config,
    };
    writeFileSync(join(this.folder, 'hub.yaml'), stringify(config));
  }

  /** With `crashAt`, it kills itself there: see trap.ts. */
  async serve(crashAt?: string): Promise<void> {
    const file = join(this.folder, 'hub.yaml');
    const child = crashAt
      ? await this.launch([file, this.folder], { CRASH_AT: crashAt }, CRASHING_HUB)
      : await this.launch(['hub', 'serve', '--config', file, '--data', this.folder]);
    this.adminPort = portsOf(child).admin ?? 0;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.serve();
  }

  /** By the command line; PINs of the same batch have codes of their own. */
  async takeIn(pins: Readonly<Record<string, number>>, expiry = '2099-12-31'): Promise<void> {
    for (const [product, count] of Object.entries(pins)) {
      const file = batchFile(this.folder, product, count, expiry);
      await command(this.folder, 'stock', 'intake', file);
    }
  }

  /** One transfer, whatever the policy would say. */
  async give(name: string, product: string, count: number): Promise<void> {
    const one = { product, count, notBefore: '20260101', ask: '', at: Date.now() };
    const result = await (await this.books()).allocate({ ...one, switchId: await this.switchId(name) });
    if (result.kind !== 'transferred' || result.count !== count)
      throw new Error(`${count} of ${product} to ${name}: ${JSON.stringify(result)}`);
  }

  async switchId(name: string): Promise<number> {
    const switches = await (await this.books()).switches();
    return switches.find((one) => one.name === name)?.id ?? 0;
  }

  /** PINs of a switch by the hub's books. */
  async holding(name: string, custody: string, product?: string): Promise<number> {
    const id = name === '' ? 0 : await this.switchId(name);
    const all = await (await this.books()).holdings();
    return all
      .filter(
        (one) => one.switchId === id && one.custody === custody && (product ?? one.product) === one.product,
      )
      .reduce((sum, { count }) => sum + count, 0);
  }
}

export interface MemberOptions {
  /** `network` of the configuration. */
  readonly network?: Record<string, unknown>;
  readonly config?: Record<string, unknown>;
  readonly folder?: string;
  /** Where it calls the hub; else at the hub itself. */
  readonly url?: string;
}

export class TestMember extends Node {
  readonly name: string;
  readonly port: number;
  readonly #options: MemberOptions;
  #client: Client | undefined;

  private constructor(t: Teardown, folder: string, name: string, port: number, options: MemberOptions) {
    super(t, folder);
    this.name = name;
    this.port = port;
    this.#options = options;
    t.teardown(() => this.#client?.close());
  }

  /** Enrolled at the hub and joined; not started. */
  static async join(
    t: Teardown,
    hub: TestHub,
    name: string,
    options: MemberOptions = {},
  ): Promise<TestMember> {
    const member = await TestMember.at(t, options.folder ?? (await installation(t)), name, options);
    await member.enrol(hub);
    return member;
  }

  /** On a folder as it is, such as a copy of another one. */
  static async at(
    t: Teardown,
    folder: string,
    name: string,
    options: MemberOptions = {},
  ): Promise<TestMember> {
    const member = new TestMember(t, folder, name, await freePort(), options);
    const base = baseConfig();
    const links = (base.links as object[]).map((link) => ({ ...link, port: member.port }));
    const times = { lookMs: 20, heartbeatMs: 300, retryFirstMs: 20, retryMaxMs: 200, startMs: 3_000 };
    const config = {
      ...base,
      links,
      catalogue: {},
      network: { times, ...options.network },
      ...options.config,
    };
    writeFileSync(join(folder, 'switch.yaml'), stringify(config));
    return member;
  }

  async enrol(hub: TestHub): Promise<void> {
    const { code } = await command(hub.folder, 'hub', 'switch', 'enrol', this.name);
    await command(this.folder, 'join', '--hub', this.#options.url ?? hub.url, '--code', String(code));
  }

  async serve(crashAt?: string): Promise<void> {
    const file = join(this.folder, 'switch.yaml');
    if (crashAt) await this.launch([file, this.folder], { CRASH_AT: crashAt }, CRASHING_SWITCH);
    else await this.launch(['serve', '--config', file, '--data', this.folder]);
  }

  /** With a module that is loaded before the program. */
  async serveWith(module: string): Promise<void> {
    const file = join(this.folder, 'switch.yaml');
    await this.launch([module, MAIN, 'serve', '--config', file, '--data', this.folder], {}, '--import');
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.serve();
  }

  async client(): Promise<Client> {
    if (!this.#client || this.#client.closed) this.#client = await Client.open(this.port);
    return this.#client;
  }

  async ask(mti: string, fields: IsoFields): Promise<IsoMessage | undefined> {
    return (await this.client()).ask(mti, fields);
  }

  /** One PIN of a product; what its terminal is told. */
  async sell(product = 'TALK10', overrides: IsoFields = {}): Promise<Sold> {
    const request = saleOf(product, product === 'TALK20' ? 2000 : 1000, overrides);
    const answer = await this.ask('0200', request);
    const entries = new Map(parseTlv(answer?.fields[63] ?? ''));
    return {
      request,
      code: answer?.fields[39] ?? '',
      serial: entries.get('SN') ?? '',
      pin: answer ? (pinsOf(answer)[0] ?? '') : '',
      answer,
    };
  }
}

export interface Sold {
  readonly request: Record<number, string>;
  /** DE39; '' where no answer came. */
  readonly code: string;
  readonly serial: string;
  readonly pin: string;
  readonly answer: IsoMessage | undefined;
}

/**
 * Every PIN ever taken in stands once in the hub's books, and what those say of each switch is what that switch says.
 * Waits until all has been told. Empty where the books are right.
 */
export async function networkFaults(hub: TestHub, members: readonly TestMember[]): Promise<string[]> {
  const faults: string[] = [];
  const audit = await hub.audit();
  faults.push(...audit.faults.map((fault) => `hub: ${fault}`));
  const accounted = Object.values(audit.byCustody).reduce((sum, count) => sum + count, 0);
  if (accounted !== audit.takenIn) faults.push(`hub: ${audit.takenIn} taken in, ${accounted} accounted for`);
  for (const member of members) {
    faults.push(...(await member.audit()).faults.map((fault) => `${member.name}: ${fault}`));
    for (const [theirs, ours] of [
      ['stock', 'away'],
      ['sold', 'sold'],
      ['quarantined', 'quarantined'],
    ] as const) {
      const there = await member.count(theirs);
      const here = await hub.holding(member.name, ours);
      if (there !== here) faults.push(`${member.name}: ${there} ${theirs}, the hub says ${here} ${ours}`);
    }
  }
  return faults;
}

/** All has been told and applied, and the books of all agree. */
export async function agrees(hub: TestHub, members: readonly TestMember[]): Promise<void> {
  let faults: string[] = [];
  await until('the books of hub and switches agree', async () => {
    faults = await networkFaults(hub, members);
    return faults.length === 0;
  }).catch((error: Error) => {
    throw new Error(`${error.message}: ${faults.join('; ')}`);
  });
}

/** A hub with switches that have joined, all started, with the floors that the options say. */
export async function startNetwork(
  t: Teardown,
  names: readonly string[],
  options: HubOptions & {
    readonly pins?: Readonly<Record<string, number>>;
    readonly member?: MemberOptions;
  } = {},
): Promise<{ readonly hub: TestHub; readonly members: readonly TestMember[] }> {
  const hub = await TestHub.open(t, options);
  if (options.pins) await hub.takeIn(options.pins);
  await hub.serve();
  const members = await Promise.all(names.map((name) => TestMember.join(t, hub, name, options.member)));
  await Promise.all(members.map((member) => member.serve()));
  return { hub, members };
}
