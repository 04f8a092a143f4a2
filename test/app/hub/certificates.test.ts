/** A hub with mutual TLS: an invitation may be bound to a client certificate, and so is every call after it. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import t from 'tap';
import { packageRoot } from '../../../src/base/root.js';
import { newPair } from '../../hub/wire/independent.js';
import { hex, invite, Peer, runHub, sha256 } from './peer.js';

const CERTS = join(packageRoot(), 'test/transport/certs');
const file = (name: string): Buffer => readFileSync(join(CERTS, name));

function fingerprintOf(name: string): string {
  const der = Buffer.from(
    file(`${name}.crt`)
      .toString()
      .replace(/-----[^-]+-----|\s/g, ''),
    'base64',
  );
  return createHash('sha256').update(der).digest('hex');
}

/** The status, or what became of the connection. */
function called(
  { port, by, token }: { port: number | undefined; by: string; token: string },
  path: string,
  body: object,
): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request(
      {
        ...{ host: '127.0.0.1', port, path, method: 'POST', ca: file('ca.crt') },
        ...{ cert: file(`${by}.crt`), key: file(`${by}.key`), checkServerIdentity: () => undefined },
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      },
      (answer) => resolve(answer.resume().statusCode ?? 0),
    );
    sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    sent.end(JSON.stringify(body));
  });
}

t.test(
  'over mutual TLS a switch needs the certificate that it was invited with, and its token',
  async (t) => {
    const tls = {
      cert: join(CERTS, 'switch.crt'),
      key: join(CERTS, 'switch.key'),
      ca: join(CERTS, 'ca.crt'),
    };
    const hub = await runHub(t, { settings: { listen: { port: 0, tls: { ...tls, mutual: true } } } });
    const port = hub.ports.get('hub');
    const code = await invite(hub, 'north', fingerprintOf('acquirer'));
    const token = hex(16);
    const body = { code, publicKey: newPair().texts.publicKey, tokenSha256: sha256(token) };
    const enrol = (by: string) => called({ port, by, token: '' }, '/v1/enrol', body);
    t.equal(await enrol('switch'), 403, 'another certificate of the same authority');
    t.equal(await enrol('acquirer'), 200, 'the code is as good as before');
    t.type(await enrol('stranger'), 'string', "another authority's: no connection");
    const poll = { epoch: 1, transfer: 0, recall: 0, revision: 0, statedAt: 0, waitMs: 0 };
    const ask = (by: string, shown: string) => called({ port, by, token: shown }, '/v1/poll', poll);
    t.equal(await ask('acquirer', token), 200);
    t.equal(await ask('switch', token), 401);
    t.equal(await ask('acquirer', hex(16)), 401);
  },
);

t.test('a bound code, and a key that agrees with none, enrol nobody', async (t) => {
  const hub = await runHub(t);
  const north = new Peer(hub, 'north');
  const bound = await north.enrol(await invite(hub, 'north', 'a'.repeat(64)));
  t.match(bound, { status: 403, body: { error: 'certificate', fatal: false } });
  Object.assign(north.keys, { publicKey: 'A'.repeat(43) });
  const keyless = await north.enrol(await invite(hub, 'south'));
  t.match(keyless, { status: 400, body: { error: 'bad-request', detail: /^publicKey: / } });
});
