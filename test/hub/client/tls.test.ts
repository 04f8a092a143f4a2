/** The hub over TLS: only one that the configuration trusts is told anything, and it sees this switch's certificate. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { systemClock } from '../../../src/base/clock.js';
import { HubApi } from '../../../src/hub/client/api.js';
import { memberSchema } from '../../../src/hub/client/schema.js';
import { certificate } from '../../transport/peer.js';

const CA = certificate('ca.crt');
const HUB = { cert: certificate('switch.crt'), key: certificate('switch.key') };
const SWITCH = { cert: certificate('acquirer.crt'), key: certificate('acquirer.key') };

async function startHub(t: Test) {
  const seen: { token: string; subject: string }[] = [];
  const server = createServer({ ...HUB, ca: CA, requestCert: true }, (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    seen.push({ token: request.headers.authorization ?? '', subject: String(subject?.CN ?? '') });
    response.end(`{"revision":3,"digest":"${'a'.repeat(64)}","portions":[]}`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function ask(t: Test, url: string, tls: object | undefined) {
  const caller = { name: 'north', epoch: 1, token: 'secret-token' };
  const api = new HubApi({ url, caller, options: memberSchema.parse(tls ? { tls } : {}) }, systemClock);
  t.teardown(() => api.close());
  return api.catalogue(3);
}

t.test('a hub that is trusted answers, and is shown the certificate', async (t) => {
  const { url, seen } = await startHub(t);
  t.match(await ask(t, url, { ca: CA, ...SWITCH }), { kind: 'answer', value: { revision: 3 } });
  t.match(seen, [{ token: 'Bearer secret-token', subject: /./ }]);
});

t.test('one that is not trusted is told nothing, not even the token', async (t) => {
  const { url, seen } = await startHub(t);
  t.match(await ask(t, url, { ca: certificate('other-ca.crt') }), { kind: 'away', isSent: false });
  t.match(await ask(t, url, undefined), { kind: 'away', isSent: false });
  t.same(seen, []);
});
