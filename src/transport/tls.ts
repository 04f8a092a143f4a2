/** TLS of a link: certificates from PEM text or files, TLS 1.2 or later, mutual where asked. */
import { readFileSync, statSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext, TLSSocket, type TlsOptions } from 'node:tls';
import { SafeError, safeText } from '../base/errors.js';
import type { TlsSpec } from './schema.js';

function pem(value: string): string {
  if (value.includes('-----BEGIN')) return value;
  try {
    return readFileSync(value, 'utf8');
  } catch (cause) {
    throw new SafeError(`tls: ${value}: cannot be read (${safeText(cause)})`, { cause });
  }
}

function material(spec: TlsSpec): Pick<ConnectionOptions, 'cert' | 'key' | 'ca' | 'crl' | 'minVersion'> {
  const options = {
    ...(spec.cert === undefined ? {} : { cert: pem(spec.cert) }),
    ...(spec.key === undefined ? {} : { key: pem(spec.key) }),
    ...(spec.ca === undefined ? {} : { ca: pem(spec.ca) }),
    ...(spec.crl === undefined ? {} : { crl: pem(spec.crl) }),
    minVersion: spec.minVersion,
  };
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new SafeError(`tls: certificate or key cannot be used (${safeText(cause)})`, { cause });
  }
  return options;
}

/** Throws SafeError where a file cannot be read or used, or a member is missing. */
export function listenTls(spec: TlsSpec, handshakeMs: number): TlsOptions {
  if (!spec.cert || !spec.key) throw new SafeError('tls: a listening link needs cert and key');
  return {
    ...material(spec),
    requestCert: spec.mutual,
    rejectUnauthorized: spec.mutual,
    handshakeTimeout: handshakeMs,
  };
}

/** Without a servername the peer's certificate must bear the host, or its address. Throws SafeError. */
export function connectTls(spec: TlsSpec): ConnectionOptions {
  return {
    ...material(spec),
    ...(spec.servername === undefined ? {} : { servername: spec.servername }),
  };
}

/** Changes with the file of revoked certificates; '' where there is none. */
export function crlStamp({ crl }: TlsSpec): string {
  if (crl === undefined || crl.includes('-----BEGIN')) return '';
  const found = statSync(crl, { throwIfNoEntry: false });
  return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : 'missing';
}

/** Whom a verified peer's certificate names; undefined where it has shown none. */
export interface Subject {
  /** CN; '' where it has none, or several. */
  readonly commonName: string;
  /** O; the same. */
  readonly organisation: string;
}

export function peerSubject(socket: unknown): Subject | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  // Node gives an array where there are several.
  const one = (value: unknown): string => (typeof value === 'string' ? value : '');
  return { commonName: one(subject?.CN), organisation: one(subject?.O) };
}

/** SHA-256 of the certificate that a verified peer has shown, in lower-case hexadecimal; undefined where it has none. */
export function peerFingerprint(socket: unknown): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const fingerprint: string | undefined = socket.getPeerCertificate().fingerprint256;
  return fingerprint?.replaceAll(':', '').toLowerCase();
}
