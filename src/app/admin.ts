/**
 * The operator's HTTP side: /healthz (the process runs), /readyz (200: it takes sales; 503: not ready, or draining, as
 * its body says), /metrics. Loopback unless configured.
 * Three fixed answers need no framework: a start does not load the one that the web API needs.
 */
import { createServer, type ServerResponse } from 'node:http';
import { SafeError, safeText } from '../base/errors.js';
import type { Metrics } from './metrics.js';

/** `draining`: it still serves whom it has, and wants nobody new. */
export type Readiness = 'ready' | 'not ready' | 'draining';

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

export async function startAdmin(
  { host, port }: { readonly host: string; readonly port: number },
  { registry }: Pick<Metrics, 'registry'>,
  readiness: () => Readiness | Promise<Readiness>,
): Promise<AdminServer> {
  const pages = new Map<string, () => Promise<Page> | Page>([
    ['/healthz', () => json(200, { status: 'ok' })],
    ['/readyz', async () => told(await readiness())],
    ['/metrics', async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() })],
  ]);
  const server = createServer((request, response) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const page = isRead ? pages.get(request.url?.split('?', 1)[0] ?? '') : undefined;
    void answer(response, page ?? (() => json(404, { error: 'not found' })));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new SafeError(`admin: cannot listen on ${host}:${port} (${safeText(cause)})`, { cause })),
    );
    server.listen({ host, port }, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function told(status: Readiness): Page {
  return json(status === 'ready' ? 200 : 503, { status });
}

function json(status: number, body: object): Page {
  return { status, type: 'application/json; charset=utf-8', body: JSON.stringify(body) };
}

/** Node leaves the body out where HEAD was asked. */
async function answer(response: ServerResponse, page: () => Promise<Page> | Page): Promise<void> {
  const { status, type, body } = await Promise.resolve()
    .then(page)
    .catch((error: unknown) => json(500, { error: safeText(error) }));
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}
