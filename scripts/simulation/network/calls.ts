/** The hub's paths as src/app/hub/server.ts has them, without HTTP: what a switch sends, and what it is answered. */
import type { z } from 'zod';
import { checked } from '../../../src/base/schema.js';
import { HubRefusal } from '../../../src/hub/server/refusal.js';
import type { HubService } from '../../../src/hub/server/service.js';
import {
  askRequest,
  contactRequest,
  enrolRequest,
  pollRequest,
  restateRequest,
} from '../../../src/hub/wire/messages.js';
import type { HttpRequest } from '../../../src/transport/httpExchange.js';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export async function answerOf(
  service: HubService,
  request: HttpRequest,
  gone: AbortSignal,
): Promise<Answer> {
  try {
    const said = await carryOut(service, request, gone);
    if (said === undefined) return { status: 204, body: Buffer.alloc(0) };
    return { status: 200, body: Buffer.isBuffer(said) ? said : Buffer.from(JSON.stringify(said)) };
  } catch (error) {
    if (!(error instanceof HubRefusal)) throw error;
    const { status, error: word, message: detail, fatal } = error;
    return { status, body: Buffer.from(JSON.stringify({ error: word, detail, fatal })) };
  }
}

async function carryOut(service: HubService, request: HttpRequest, gone: AbortSignal): Promise<unknown> {
  const url = new URL(request.path, 'http://hub');
  const body: unknown = request.body === undefined ? undefined : JSON.parse(request.body);
  if (url.pathname === '/v1/enrol') return service.enrol(read(enrolRequest, body), undefined);
  const { authorization, 'x-switch': claim } = request.headers;
  const by = await service.caller({ authorization, claim, certificate: undefined });
  switch (url.pathname) {
    case '/v1/contact':
      return service.contact(by, read(contactRequest, body));
    case '/v1/poll':
      return service.poll(by, read(pollRequest, body), gone);
    case '/v1/restate':
      return service.restate(by, read(restateRequest, body));
    case '/v1/ask':
      return service.ask(by, read(askRequest, body), gone);
    case '/v1/transfers':
      return (await service.transfers(by, Number(url.searchParams.get('after')))).stream;
  }
  throw new HubRefusal(404, { error: 'not-found', detail: 'no such path' });
}

function read<S extends z.ZodType>(schema: S, body: unknown): z.output<S> {
  const result = checked(schema, body);
  if (!result.ok) throw new Error(`a switch said what no hub understands: ${result.path} ${result.fault}`);
  return result.value;
}
