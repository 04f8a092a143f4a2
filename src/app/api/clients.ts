/**
 * Who calls: by bearer token, of which only the SHA-256 is known here, or by the fingerprint of a client
 * certificate that the TLS layer has verified. Looked up by digest, so no comparison's time tells a token.
 */
import { createHash } from 'node:crypto';
import { peerFingerprint } from '../../transport/index.js';
import type { ApiClient } from './schema.js';

const BEARER = /^Bearer +([\x21-\x7e]{16,512})$/i;

export type Authenticate = (
  authorization: string | undefined,
  socket: object | undefined,
) => ApiClient | undefined;

export function tokenDigest(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

export function authenticator(clients: readonly ApiClient[]): Authenticate {
  const byToken = new Map(clients.flatMap((one) => (one.tokenSha256 ? [[one.tokenSha256, one]] : [])));
  const byCertificate = new Map(
    clients.flatMap((one) => (one.certificateSha256 ? [[one.certificateSha256, one]] : [])),
  );
  return (authorization, socket) => {
    const token = BEARER.exec(authorization ?? '')?.[1];
    const named = token === undefined ? undefined : byToken.get(tokenDigest(token));
    const shown = peerFingerprint(socket);
    // A client known by certificate and token must bring both.
    if (named?.certificateSha256 !== undefined) return named.certificateSha256 === shown ? named : undefined;
    if (named) return named;
    const certified = shown === undefined ? undefined : byCertificate.get(shown);
    return certified?.tokenSha256 === undefined ? certified : undefined;
  };
}
