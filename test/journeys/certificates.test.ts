/** Mutual TLS whose certificates are bound to terminal and merchant, and may be revoked while the switch runs. */
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { packageRoot } from '../../src/base/root.js';
import { Client, saleOf } from '../support/client.js';
import { baseConfig, installation, run, startSwitch } from '../support/process.js';

const CERTS = join(packageRoot(), 'test/transport/certs');
const at = (name: string): string => join(CERTS, name);
const pem = (name: string): string => readFileSync(at(name), 'utf8');

/** Undefined where it is turned away. */
async function open(t: Test, port: number, name: string): Promise<Client | undefined> {
  const own = { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };
  const client = await Client.open(port, { ca: pem('ca.crt'), ...own }).catch(() => undefined);
  if (!client) return undefined;
  t.teardown(() => client.close());
  const [answered] = await Promise.all([
    client.ask('0800', { 7: '0301120000', 11: '000001', 70: '301' }, 2_000),
  ]);
  return answered ? client : undefined;
}

t.test(
  'a certificate serves its own terminal and merchant, and nobody any more once it is revoked',
  async (t) => {
    const folder = await installation(t);
    const crl = join(folder, 'revoked.crl');
    copyFileSync(at('bound-none.crl'), crl);
    const config = baseConfig();
    const [link] = config.links as Record<string, unknown>[];
    const tls = { cert: at('switch.crt'), key: at('switch.key'), ca: at('bound-ca.crt'), crl, mutual: true };
    config.links = [{ ...link, tls, bound: ['terminal', 'merchant'] }];
    const { ports, json } = await startSwitch(t, { folder, pins: { TALK10: 20 }, config });
    const port = ports.ascii ?? 0;
    const [own, other, later] = await Promise.all(
      ['bound-terminal', 'bound-other', 'bound-revoked'].map((name) => open(t, port, name)),
    );
    const sale = () => saleOf('TALK10', 1_000);
    t.equal((await own?.ask('0200', sale()))?.fields[39], '00');
    t.equal((await other?.ask('0200', sale()))?.fields[39], '63', "somebody else's certificate");
    t.equal((await own?.ask('0200', { ...sale(), 42: 'OTHERMERCHANT01' }))?.fields[39], '63');
    t.equal((await later?.ask('0200', sale()))?.fields[39], '00', 'not revoked yet');
    t.equal(await open(t, port, 'stranger'), undefined, 'of another authority');
    copyFileSync(at('bound.crl'), crl);
    let refused = false;
    for (let left = 30; !refused && left > 0; left -= 1) {
      refused = (await open(t, port, 'bound-revoked')) === undefined;
      if (!refused) await new Promise((resolve) => setTimeout(resolve, 1_000));
    }
    t.ok(refused, 'revoked, without a restart');
    t.ok(await open(t, port, 'bound-terminal'), 'others come in as before');
    t.match(await json('stock', 'audit'), { ok: true, byCustody: { sold: 2 } });
  },
);

t.test(
  'a binding without certificates, or a list without its authority, is refused at the start',
  async (t) => {
    const folder = await installation(t);
    const [link] = baseConfig().links as Record<string, unknown>[];
    const tls = { cert: at('switch.crt'), key: at('switch.key') };
    for (const [bad, path] of [
      [{ bound: ['terminal'] }, /links\.0\.bound: needs a listening link with tls and mutual/],
      [
        { tls: { ...tls, crl: at('bound.crl') } },
        /tls\.ca: a list of revoked certificates needs their authority/,
      ],
      [
        { tls: { ...tls, ca: at('bound-ca.crt'), crl: '/nowhere.crl', mutual: true } },
        /\/nowhere\.crl: cannot be read/,
      ],
    ] as const) {
      const file = join(folder, 'bad.json');
      writeFileSync(file, JSON.stringify({ ...baseConfig(), links: [{ ...link, ...bad }] }));
      const { code, stderr } = await run(['serve', '--config', file, '--data', folder]);
      t.equal(code, 2);
      t.match(stderr, path);
    }
  },
);
