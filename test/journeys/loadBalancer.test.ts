/**
 * T7: many terminals, in clear and over TLS, through a real HAProxy with the shipped configuration, to two switches on
 * one PostgreSQL journal. One is killed with kill -9 under load and comes back, then the other one is drained.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/base/root.js';
import { Client, saleOf } from '../support/client.js';
import { type Behind, startHaproxy, withoutHaproxy } from '../support/haproxy.js';
import { pinsOf } from '../support/iso.js';
import { databaseFor } from '../support/postgres.js';
import {
  baseConfig,
  batchFile,
  freePort,
  scratch,
  startSwitch,
  type TestSwitch,
} from '../support/process.js';
import { eventually } from '../support/supplier.js';
import { certificate } from '../transport/peer.js';

const PINS = 8_000;
/** In clear and over TLS each. */
const TERMINALS = 6;
const PAUSE_MS = 5;
const ANSWER_MS = 10_000;
/** A terminal that was cut off waits before it calls again. */
const REDIAL_MS = 100;
const DRAIN_DELAY_MS = 2_000;
/** From here terminals may connect; the balancer's own address is not among them. */
const SHOP = '127.0.0.7';
const CERTS = join(packageRoot(), 'test/transport/certs');

function configured(store: string, ports: Behind): Record<string, unknown> {
  const [base] = baseConfig().links as Record<string, unknown>[];
  const link = {
    ...base,
    peer: 'terminals',
    proxyProtocol: true,
    proxies: ['127.0.0.1'],
    allow: [`${SHOP}/32`],
  };
  const tls = { cert: join(CERTS, 'switch.crt'), key: join(CERTS, 'switch.key') };
  return {
    store,
    admin: { host: '127.0.0.1', port: ports.admin },
    links: [
      { ...link, port: ports.terminals },
      { ...link, name: 'tls', port: ports.tls, tls },
    ],
    times: { drainDelayMs: DRAIN_DELAY_MS },
  };
}

async function portsOf(): Promise<Behind> {
  const [terminals, tls, admin] = await Promise.all([freePort(), freePort(), freePort()]);
  return { terminals, tls, admin };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Sells as fast as it is answered, until it is told to stop; what was not answered is sent once more. */
class Terminal {
  readonly pins: string[] = [];
  /** Sales that a repeat brought the answer of. */
  repeats = 0;
  /** Sales that neither the first message nor its repeat brought an answer of, and answers that are no PIN. */
  readonly failures: string[] = [];
  readonly #dial: () => Promise<Client>;
  #client: Client | undefined;
  #stopped = false;

  constructor(dial: () => Promise<Client>) {
    this.#dial = dial;
  }

  async run(): Promise<void> {
    while (!this.#stopped) {
      await this.#sell();
      await pause(PAUSE_MS);
    }
    await this.#client?.close();
  }

  stop(): void {
    this.#stopped = true;
  }

  async #sell(): Promise<void> {
    const sale = saleOf('TALK10', 1000);
    let answer = await this.#ask('0200', sale);
    if (!answer) {
      this.repeats += 1;
      await pause(REDIAL_MS);
      answer = await this.#ask('0201', sale);
    }
    const [pin] = answer ? pinsOf(answer) : [];
    if (answer?.fields[39] === '00' && pin) this.pins.push(pin);
    else this.failures.push(answer ? `DE39 ${answer.fields[39]}` : 'no answer');
  }

  async #ask(mti: string, sale: Record<number, string>) {
    if (!this.#client || this.#client.closed) this.#client = await this.#dial().catch(() => undefined);
    const answer = await this.#client?.ask(mti, sale, ANSWER_MS);
    if (!answer) await this.#client?.close();
    return answer;
  }
}

async function refusedAddresses(running: TestSwitch): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${running.ports.admin}/metrics`)).text();
  return Number(/event="refused-address",link="ascii"\} (\d+)/.exec(page)?.[1] ?? 0);
}

async function readyz(running: TestSwitch): Promise<unknown> {
  return (await fetch(`http://127.0.0.1:${running.ports.admin}/readyz`)).json();
}

async function twoSwitches(t: Test) {
  const store = await databaseFor(t);
  const [portsA, portsB] = await Promise.all([portsOf(), portsOf()]);
  const a = await startSwitch(t, { config: configured(store, portsA) });
  await a.json('stock', 'intake', batchFile(a.folder, 'TALK10', PINS), '--supplier', 'acme');
  // Both open what either has sealed.
  const folder = scratch(t);
  copyFileSync(join(a.folder, 'keys.json'), join(folder, 'keys.json'));
  const b = await startSwitch(t, { folder, config: configured(store, portsB) });
  return { a, b, balancer: await startHaproxy(t, portsA, portsB) };
}

t.test(
  'T7: one switch killed under load, one drained: every terminal gets its answer, by a repeat at most, nothing is sold twice',
  { skip: withoutHaproxy },
  async (t) => {
    const { a, b, balancer } = await twoSwitches(t);
    const areBoth = (state: string) => async () =>
      (await balancer.state('a')) === state && (await balancer.state('b')) === state;
    t.ok(await eventually(areBoth('UP')));

    const stranger = await Client.open(balancer.terminals, { from: '127.0.0.8' });
    t.equal(
      await stranger.ask('0200', saleOf('TALK10', 1000)),
      undefined,
      'allow-lists see the terminal’s address',
    );
    t.equal((await refusedAddresses(a)) + (await refusedAddresses(b)), 1);

    const ca = certificate('ca.crt');
    const terminals = Array.from({ length: 2 * TERMINALS }, (_, at) =>
      at % 2 === 0
        ? new Terminal(() => Client.open(balancer.terminals, { from: SHOP }))
        : new Terminal(() => Client.open(balancer.tls, { from: SHOP, ca })),
    );
    const stop = (): void => {
      for (const terminal of terminals) terminal.stop();
    };
    t.teardown(stop);
    const sold = (): number => terminals.reduce((sum, { pins }) => sum + pins.length, 0);
    const repeats = (): number => terminals.reduce((sum, one) => sum + one.repeats, 0);
    const more = async (sales: number): Promise<boolean> => {
      const from = sold();
      return eventually(async () => sold() >= from + sales);
    };
    const over = Promise.all(terminals.map((terminal) => terminal.run()));

    t.ok(await more(200));
    await a.child.kill('SIGKILL');
    t.ok(await more(200), 'the other one sells on');
    const afterKill = repeats();
    t.ok(afterKill >= 1, `${afterKill} sales were cut off`);
    const again = await a.restart();
    t.ok(await eventually(areBoth('UP')), 'and it is given terminals again');

    const exited = b.child.kill('SIGTERM');
    t.ok(await eventually(async () => (await balancer.state('b')) === 'NOLB'), 'no new connections');
    t.equal(await balancer.state('b', 'terminals-tls'), 'NOLB', 'nor over TLS');
    t.same(await readyz(b), { status: 'draining' });
    const before = repeats();
    t.equal(await exited, 0);
    t.ok(await more(200), 'the one that came back sells on');
    t.comment(`${sold()} sold; repeats: ${afterKill} after kill -9, ${repeats() - before} at the drain`);

    stop();
    await over;
    t.same(
      terminals.flatMap(({ failures }) => failures),
      [],
      'every terminal got its answers',
    );
    const pins = terminals.flatMap((terminal) => terminal.pins);
    t.equal(new Set(pins).size, pins.length, 'no PIN was told twice');
    t.match(
      await again.json('stock', 'audit'),
      { byCustody: { sold: pins.length, stock: PINS - pins.length }, ok: true },
      'the books have each of them, and no other',
    );
  },
);
