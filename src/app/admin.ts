/** The operator's HTTP side: /healthz (the process runs), /readyz (it takes sales), /metrics. Loopback unless configured. */
import fastify from 'fastify';
import { SafeError, safeText } from '../base/errors.js';
import type { Metrics } from './metrics.js';

export interface AdminServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function startAdmin(
  address: { readonly host: string; readonly port: number },
  metrics: Pick<Metrics, 'registry'>,
  ready: () => boolean,
): Promise<AdminServer> {
  const server = fastify({ logger: false, forceCloseConnections: true });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/readyz', async (_request, reply) => {
    const isReady = ready();
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready' });
  });
  server.get('/metrics', async (_request, reply) =>
    reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  );
  await server.listen(address).catch((cause: unknown) => {
    const { host, port } = address;
    throw new SafeError(`admin: cannot listen on ${host}:${port} (${safeText(cause)})`, { cause });
  });
  const bound = server.server.address();
  const port = typeof bound === 'object' && bound ? bound.port : address.port;
  return { port, close: () => server.close() };
}
