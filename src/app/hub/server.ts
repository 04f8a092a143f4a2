/**
 * The hub over HTTP: paths, bodies checked, who calls, refusals as answers. Bodies, tokens, codes and keys are never
 * logged. A call that waits ends when its connection is gone. Who calls is known before a body is read, and only what a
 * switch tells may be long: a stranger's connection holds `SHORT_BODY_BYTES_MAX` at most.
 */
import type { ServerResponse } from 'node:http';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { SafeError, safeText } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { checked } from '../../base/schema.js';
import { HubRefusal } from '../../hub/server/refusal.js';
import type { HubService } from '../../hub/server/service.js';
import {
  askRequest,
  contactRequest,
  enrolRequest,
  pollRequest,
  restateRequest,
} from '../../hub/wire/messages.js';
import { StoreBroken, StoreBusy, StoreFull } from '../../store/errors.js';
import type { NetworkSwitch } from '../../store/store.js';
import { listenTls, peerFingerprint } from '../../transport/index.js';
import type { HubConfig } from './config.js';
import type { HubMetrics } from './metrics.js';

export interface HubWiring {
  readonly service: HubService;
  readonly metrics: HubMetrics;
  readonly log: Log;
  /** Called when the store can no longer say what stands. */
  readonly onBroken: (error: unknown) => void;
}

export interface HubServer {
  readonly port: number;
  /** Takes no more requests, answers polls; resolves when those under way are answered. */
  close(): Promise<void>;
}

/** Bytes of the body of a call that neither tells nor restates: many times what one comes to. */
const SHORT_BODY_BYTES_MAX = 4_096;

const DIGITS = /^\d{1,15}$/;
const DIGEST = /^[0-9a-f]{64}$/;

export async function startHubServer(config: HubConfig, wiring: HubWiring): Promise<HubServer> {
  const { listen, limits } = config;
  // Node looks only every half minute, unless told otherwise, who has kept it waiting too long.
  const checks = { connectionsCheckingInterval: Math.ceil(limits.requestMs / 2) };
  const server = fastify({
    logger: false,
    ...(listen.tls ? { https: { ...listenTls(listen.tls, limits.requestMs), ...checks } } : { http: checks }),
    bodyLimit: Math.min(SHORT_BODY_BYTES_MAX, limits.bodyBytesMax),
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
  }) as unknown as FastifyInstance;
  server.server.maxConnections = limits.connectionsMax;
  const calls = new Calls(wiring);
  addCalls(server, calls, limits.bodyBytesMax);
  const { host, port } = listen;
  await server.listen({ host, port }).catch((cause: unknown) => {
    throw new SafeError(`listen: cannot listen on ${host}:${port} (${safeText(cause)})`, { cause });
  });
  const bound = server.server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    close: async () => {
      wiring.service.stop();
      const closed = server.close();
      await calls.allAnswered();
      // Node leaves those open on which nothing was ever asked.
      server.server.closeAllConnections();
      await closed;
    },
  };
}

function addCalls(server: FastifyInstance, calls: Calls, bodyBytesMax: number): void {
  const { service, metrics } = calls;
  const long = { bodyLimit: bodyBytesMax };
  server.addHook('onRequest', async (_request, reply) => calls.owe(reply.raw));
  calls.post(server, '/v1/contact', contactRequest, (by, body) => service.contact(by, body), long);
  calls.post(server, '/v1/poll', pollRequest, (by, body, gone) => service.poll(by, body, gone));
  calls.post(server, '/v1/restate', restateRequest, (by, body) => service.restate(by, body), long);
  calls.post(server, '/v1/ask', askRequest, async (by, body, gone) => {
    const answer = await service.ask(by, body, gone);
    metrics.countParcels('ask', answer.parcels.length);
    return answer;
  });
  calls.get(server, '/v1/transfers', async (by, request) => {
    const { after } = request.query as { after?: unknown };
    if (typeof after !== 'string' || !DIGITS.test(after)) throw badRequest('after', 'must be a whole number');
    const { stream, count } = await service.transfers(by, Number(after));
    metrics.countParcels('transfers', count);
    return stream;
  });
  calls.get(server, '/v1/catalogue/:revision', (by, request) => {
    const { revision } = request.params as { revision: string };
    if (!DIGITS.test(revision)) throw badRequest('revision', 'must be a whole number');
    return service.catalogue(by, Number(revision));
  });
  calls.get(server, '/v1/portions/:digest', (by, request) => {
    const { digest } = request.params as { digest: string };
    if (!DIGEST.test(digest)) throw badRequest('digest', 'must be 64 hexadecimal digits');
    return service.portion(by, digest);
  });
  server.post('/v1/enrol', (request, reply) =>
    calls.answer('enrol', reply, async () =>
      service.enrol(bodyOf(enrolRequest, request), peerFingerprint(request.raw.socket)),
    ),
  );
  server.setNotFoundHandler((_request, reply) =>
    calls.answer('unknown', reply, async () => {
      throw new HubRefusal(404, { error: 'not-found', detail: 'no such path' });
    }),
  );
  server.setErrorHandler((error, request, reply) =>
    calls.answer('unknown', reply, async () => {
      throw unread(error, request.routeOptions.bodyLimit ?? SHORT_BODY_BYTES_MAX);
    }),
  );
}

class Calls {
  readonly #wiring: HubWiring;
  /** Answers that have not gone out; as many as there are connections. */
  readonly #owed = new Set<ServerResponse>();
  /** Of the requests under way. */
  readonly #callers = new WeakMap<FastifyRequest, NetworkSwitch>();
  #whenNoneOwed = (): void => {};

  constructor(wiring: HubWiring) {
    this.#wiring = wiring;
  }

  get service(): HubService {
    return this.#wiring.service;
  }

  get metrics(): HubMetrics {
    return this.#wiring.metrics;
  }

  owe(answer: ServerResponse): void {
    this.#owed.add(answer);
    answer.once('close', () => {
      this.#owed.delete(answer);
      if (this.#owed.size === 0) this.#whenNoneOwed();
    });
  }

  allAnswered(): Promise<void> {
    if (this.#owed.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenNoneOwed = resolve;
    });
  }

  /** A call of a switch that has enrolled, with a body. */
  post<S extends z.ZodType>(
    server: FastifyInstance,
    path: string,
    schema: S,
    task: (by: NetworkSwitch, body: z.output<S>, gone: AbortSignal) => Promise<unknown>,
    limits: { readonly bodyLimit?: number } = {},
  ): void {
    const call = path.slice('/v1/'.length);
    const onRequest = this.#admit(call);
    server.post(path, { onRequest, ...limits }, (request, reply) =>
      this.answer(call, reply, async () => {
        const by = this.#callerOf(request);
        const gone = new AbortController();
        const onClose = (): void => gone.abort();
        reply.raw.once('close', onClose);
        return task(by, bodyOf(schema, request), gone.signal);
      }),
    );
  }

  get(
    server: FastifyInstance,
    path: string,
    task: (by: NetworkSwitch, request: FastifyRequest) => Promise<unknown>,
  ): void {
    const call = path.split('/')[2] ?? '';
    server.get(path, { onRequest: this.#admit(call) }, (request, reply) =>
      this.answer(call, reply, () => task(this.#callerOf(request), request)),
    );
  }

  /** Objects as JSON, bytes as they are, texts as JSON that they hold already; nothing: 204. */
  async answer(call: string, reply: FastifyReply, task: () => Promise<unknown>): Promise<FastifyReply> {
    const { metrics } = this.#wiring;
    void reply.header('cache-control', 'no-store');
    try {
      const body = await task();
      metrics.countCall(call, 'ok');
      if (body === undefined) return reply.code(204).send();
      if (typeof body === 'string') return reply.type('application/json').send(body);
      return reply.send(body);
    } catch (error) {
      const refusal = this.#refusalOf(error);
      metrics.countCall(call, refusal.error);
      const { status, error: word, message: detail, fatal } = refusal;
      return reply.code(status).send({ error: word, detail, fatal });
    }
  }

  /** Before the body is read: a stranger is refused here. */
  #admit(call: string) {
    return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
      try {
        this.#callers.set(request, await this.#caller(request));
        return undefined;
      } catch (error) {
        return this.answer(call, reply, () => Promise.reject(error));
      }
    };
  }

  #callerOf(request: FastifyRequest): NetworkSwitch {
    const by = this.#callers.get(request);
    if (!by) throw new Error('a call of nobody');
    return by;
  }

  #caller(request: FastifyRequest): Promise<NetworkSwitch> {
    const claim = request.headers['x-switch'];
    return this.service.caller({
      authorization: request.headers.authorization,
      claim: typeof claim === 'string' ? claim : undefined,
      certificate: peerFingerprint(request.raw.socket),
    });
  }

  #refusalOf(error: unknown): HubRefusal {
    if (error instanceof HubRefusal) return error;
    const { log, onBroken } = this.#wiring;
    log.error({ error: safeText(error) }, 'call could not be carried through');
    if (error instanceof StoreBroken) onBroken(error);
    const isForNow = error instanceof StoreBusy || error instanceof StoreFull;
    return new HubRefusal(isForNow ? 503 : 500, {
      error: isForNow ? 'unavailable' : 'failed',
      detail: isForNow ? 'the books cannot be written now' : 'the hub could not carry it through',
    });
  }
}

/** What could not be read as a request. Fastify's words may quote the body, so they are not passed on. */
function unread(error: unknown, bodyBytesMax: number): unknown {
  const status = (error as { statusCode?: number }).statusCode ?? 500;
  if (status === 413) {
    return new HubRefusal(413, { error: 'bad-request', detail: `body: at most ${bodyBytesMax} bytes` });
  }
  if (status === 415) {
    return new HubRefusal(415, { error: 'bad-request', detail: 'Content-Type: must be application/json' });
  }
  if (status < 500) return new HubRefusal(400, { error: 'bad-request', detail: 'body: not JSON' });
  return error;
}

function badRequest(field: string, fault: string): HubRefusal {
  return new HubRefusal(400, { error: 'bad-request', detail: `${field}: ${fault}` });
}

function bodyOf<S extends z.ZodType>(schema: S, request: FastifyRequest): z.output<S> {
  const result = checked(schema, request.body);
  if (result.ok) return result.value;
  throw badRequest(result.path || 'body', result.fault);
}
