/** The OpenAPI 3.1 document, made of the schemas that check the bodies, so that it cannot say anything else. */
import { z } from 'zod';
import { answer, listing, problem } from './bodies.js';
import { OPERATIONS, type Operation } from './operations.js';

type Json = Readonly<Record<string, unknown>>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
};

const json = (schema: string): Json => ({
  'application/json': { schema: { $ref: `#/components/schemas/${schema}` } },
});

const PROBLEMS: Readonly<Record<string, string>> = {
  400: 'The request makes no sense: `field` says where',
  401: 'No known token or certificate',
  403: 'The terminal or merchant may not sell',
  409: 'The key named another request, or its request is not finished',
  413: 'The body is too long',
  429: 'Too many requests of this client are under way',
  503: 'Nothing was done, or it cannot be told yet: ask again with the same key',
};

const NOT_LISTED: Readonly<Record<string, string>> = { 404: 'No such provider, product or page' };

export function openApiDocument(version: string): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'prepaid-switch',
      version,
      description:
        'Sells what terminals sell. A transaction is named by its Idempotency-Key: the same key with the same body is answered the same, with the same PIN, however often it is sent; with another body it is refused.',
    },
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, certificate: { type: 'mutualTLS' } },
      schemas: {
        Answer: schemaOf(answer, 'output'),
        Listing: schemaOf(listing, 'output'),
        Problem: schemaOf(problem, 'output'),
      },
    },
    security: [{ token: [] }, { certificate: [] }],
    paths: Object.fromEntries(OPERATIONS.map((one) => [one.path, { [one.method]: described(one) }])),
  };
}

function described(operation: Operation): Json {
  const { id, body, method } = operation;
  const told = method === 'get' ? listing : answer;
  const problems = method === 'get' ? { ...PROBLEMS, ...NOT_LISTED } : PROBLEMS;
  return {
    operationId: id,
    summary: body.description,
    ...(method === 'get' ? { parameters: membersOf(operation) } : bodyOf(operation)),
    responses: {
      200: { description: told.description, content: json(method === 'get' ? 'Listing' : 'Answer') },
      ...Object.fromEntries(
        Object.entries(problems).map(([status, description]) => [
          status,
          { description, content: json('Problem') },
        ]),
      ),
    },
  };
}

function bodyOf({ body, keyed }: Operation): Json {
  const key = {
    name: 'Idempotency-Key',
    in: 'header',
    required: true,
    description: 'Names the transaction: 8 to 64 printable characters, never used for another one',
    schema: { type: 'string', minLength: 8, maxLength: 64, pattern: '^[\\x21-\\x7e]+$' },
  };
  return {
    parameters: keyed ? [key] : [],
    requestBody: { required: true, content: { 'application/json': { schema: schemaOf(body, 'input') } } },
  };
}

/** Members of path and query. */
function membersOf({ path, body }: Operation): readonly Json[] {
  const { properties = {} } = schemaOf(body, 'input') as { properties?: Readonly<Record<string, Json>> };
  return Object.entries(properties).map(([name, { description, ...schema }]) => {
    const isInPath = path.includes(`{${name}}`);
    return { name, in: isInPath ? 'path' : 'query', required: isInPath, description, schema };
  });
}
