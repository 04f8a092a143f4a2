/**
 * The web API: what terminals can do, for shops' own systems and wireless clients, over HTTP with JSON. The same
 * journey stands behind it as behind every link, so repeats, reversals and crashes mean the same here.
 *
 * A key names a transaction of its client's merchant and terminal for as long as the journal keeps it, on
 * whatever day it comes again. Bodies, tokens and keys are never logged.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { SafeError, safeText } from '../../base/errors.js';
import type { Log } from '../../base/log.js';
import { checked } from '../../base/schema.js';
import type { Outcome } from '../../domain/outcome.js';
import { StoreBroken } from '../../store/errors.js';
import type { LinkPolicy } from '../../switch/context.js';
import type { Journey } from '../../switch/journey.js';
import { listenTls } from '../../transport/index.js';
import type { Metrics } from '../metrics.js';
import { problem, type Reply, replyOf, unknownOutcome } from './answers.js';
import { type Authenticate, authenticator } from './clients.js';
import { listingReply } from './listings.js';
import { openApiDocument } from './openapi.js';
import { OPERATIONS, type Operation } from './operations.js';
import { API_LIMITS, type ApiClient, type ApiLimits, type ApiOptions } from './schema.js';

/** The link's name in metrics. */
const LINK = 'api';
const KEY = /^[\x21-\x7e]{8,64}$/;
const POLICY: LinkPolicy = {
  key: ['acquirer', 'merchant', 'terminal'],
  undated: true,
  unknownOriginal: 'not-found',
  cardActivation: 'same-terminal',
};

export interface ApiWiring {
  readonly journey: Journey;
  readonly metrics: Metrics;
  readonly log: Log;
  readonly version: string;
  /** Called when the store can no longer say what stands. */
  readonly onBroken: (error: unknown) => void;
}

export interface ApiServer {
  readonly port: number;
  /** Takes no more requests; resolves when those under way are answered. */
  close(): Promise<void>;
}

export async function startApi(options: ApiOptions, wiring: ApiWiring): Promise<ApiServer> {
  const given = Object.entries(options.limits).filter(([, value]) => value !== undefined);
  const limits: ApiLimits = { ...API_LIMITS, ...Object.fromEntries(given) };
  // Node looks only every half minute, unless told otherwise, who has kept it waiting too long.
  const checks = { connectionsCheckingInterval: Math.ceil(limits.requestMs / 2) };
  const server = fastify({
    logger: false,
    ...(options.tls
      ? { https: { ...listenTls(options.tls, limits.requestMs), ...checks } }
      : { http: checks }),
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    forceCloseConnections: 'idle',
    exposeHeadRoutes: false,
  });
  server.server.maxConnections = limits.connectionsMax;
  const api = new Api(wiring, authenticator(options.clients), limits);
  for (const operation of OPERATIONS) {
    const url = operation.path.replace(/\{(\w+)\}/g, ':$1');
    server[operation.method](url, (request, reply) => api.handle(operation, request, reply));
  }
  const document = openApiDocument(wiring.version);
  server.get('/openapi.json', async () => document);
  server.setNotFoundHandler((_request, reply) =>
    send(reply, problem(404, 'not-found', 'no such path; see /openapi.json')),
  );
  server.setErrorHandler((error, _request, reply) => send(reply, api.refused(error)));
  const { host, port } = options;
  await server.listen({ host, port }).catch((cause: unknown) => {
    throw new SafeError(`api: cannot listen on ${host}:${port} (${safeText(cause)})`, { cause });
  });
  const bound = server.server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    close: () => server.close(),
  };
}

class Api {
  readonly #wiring: ApiWiring;
  readonly #authenticate: Authenticate;
  readonly #limits: ApiLimits;
  readonly #inFlight = new Map<ApiClient, number>();

  constructor(wiring: ApiWiring, authenticate: Authenticate, limits: ApiLimits) {
    this.#wiring = wiring;
    this.#authenticate = authenticate;
    this.#limits = limits;
  }

  async handle(operation: Operation, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const client = this.#authenticate(request.headers.authorization, request.raw.socket);
    if (!client) {
      this.#wiring.metrics.counters.add('unauthorised', LINK);
      void reply.header('www-authenticate', 'Bearer');
      return send(
        reply,
        problem(401, 'unauthorised', 'a known bearer token or client certificate is needed'),
      );
    }
    const underWay = this.#inFlight.get(client) ?? 0;
    if (underWay >= this.#limits.inFlightPerClientMax) {
      this.#wiring.metrics.counters.add('in-flight-refused', LINK);
      return send(reply, problem(429, 'too-many-requests', `at most ${underWay} requests may be under way`));
    }
    this.#inFlight.set(client, underWay + 1);
    try {
      return send(reply, await this.#perform(operation, client, request));
    } finally {
      this.#inFlight.set(client, (this.#inFlight.get(client) ?? 1) - 1);
    }
  }

  async #perform(operation: Operation, client: ApiClient, request: FastifyRequest): Promise<Reply> {
    const { method } = operation;
    const body = checked(operation.body, method === 'get' ? membersOf(request) : request.body);
    if (!body.ok) return problem(400, 'bad-request', body.fault, body.path || 'body');
    const header = request.headers['idempotency-key'];
    const key = typeof header === 'string' ? header : '';
    if (operation.keyed && !KEY.test(key)) {
      return problem(400, 'bad-request', 'must be 8 to 64 printable characters', 'Idempotency-Key');
    }
    const { terminal = client.terminals[0] ?? '' } = body.value as { terminal?: string };
    if (!client.terminals.includes(terminal)) {
      return problem(403, 'forbidden', 'not a terminal of this client', 'terminal');
    }
    const asked = operation.requestOf(body.value, { client, terminal, key });
    return this.#carryThrough(asked, method === 'get' ? listingReply : replyOf);
  }

  async #carryThrough(
    request: ReturnType<Operation['requestOf']>,
    replyTo: (outcome: Outcome | undefined) => Reply,
  ): Promise<Reply> {
    const { journey, metrics, log, onBroken } = this.#wiring;
    try {
      const outcome = await journey.handle(POLICY, request);
      metrics.countOutcome(request.kind, outcome ? outcome.reason : 'suppressed');
      return replyTo(outcome);
    } catch (error) {
      metrics.counters.add('internal-error', LINK);
      log.error({ link: LINK, error: safeText(error) }, 'request could not be carried through');
      if (error instanceof StoreBroken) onBroken(error);
      return unknownOutcome();
    }
  }

  /** What could not be read as a request. Fastify's words may quote the body, so they are not passed on. */
  refused(error: unknown): Reply {
    this.#wiring.metrics.counters.add('format-error', LINK);
    const status = (error as { statusCode?: number }).statusCode ?? 500;
    if (status === 413)
      return problem(413, 'bad-request', `at most ${this.#limits.bodyBytesMax} bytes`, 'body');
    if (status === 415) return problem(415, 'bad-request', 'must be application/json', 'Content-Type');
    if (status < 500) return problem(400, 'bad-request', 'not JSON', 'body');
    this.#wiring.log.error({ link: LINK, error: safeText(error) }, 'request failed');
    return unknownOutcome();
  }
}

function membersOf({ params, query }: FastifyRequest): object {
  return { ...(query as object), ...(params as object) };
}

function send(
  reply: FastifyReply<Record<never, never>, Server, IncomingMessage, ServerResponse>,
  { status, body, retryAfter }: Reply,
): FastifyReply {
  if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
  return reply.code(status).header('cache-control', 'no-store').send(body);
}
