import { ENGINE_OPERATIONS, journalledEventSchema, logChunkSchema } from '@precedent/contracts';
import type { Operation, OperationName } from '@precedent/contracts';
import { catalogue } from '@precedent/kernel';
import { NAMESPACE_PATTERN } from '@precedent/ports';
import { z } from 'zod';
import { isTagged, readBefore } from './entity-tags.ts';
import { ROUTED } from './routes.ts';
import type { RoutedOperation } from './routes.ts';

type Json = { readonly [key: string]: unknown };

interface NamedSchemas {
  /** The schema, with references to those of the document. */
  readonly of: (schema: z.ZodType, io: 'input' | 'output') => Json;
  readonly all: () => Json;
}

/** The description of all routes, from the catalogue: OpenAPI 3.1. */
export const openApiDocument = (version: string): Json => {
  const schemas = namedSchemas();
  const paths: Record<string, Record<string, Json>> = {};
  for (const routed of ROUTED) {
    const path = (paths[`/api/v1${routed.path}`] ??= {});
    path[routed.method.toLowerCase()] = operationOf(routed, schemas);
  }
  paths['/api/v1/live'] = livePath(schemas);
  paths['/api/v1/tasks/{id}/events'] = taskEventsPath(schemas) as Record<string, Json>;
  return {
    openapi: '3.1.0',
    info: { title: 'Precedent', version, description: 'Every operation of a cell of Precedent.' },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      responses: {
        Problem: {
          description: 'Refused, or failed.',
          content: content('application/problem+json', PROBLEM),
        },
      },
      schemas: schemas.all(),
    },
  };
};

const content = (type: string, schema: Json): Json => ({ [type]: { schema } });

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'retry', 'remedy'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    retry: { type: 'string', enum: ['never', 'later'] },
    remedy: { type: 'string' },
    issues: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
    retryAfterMs: { type: 'number' },
    details: { type: 'object' },
    unaffected: { type: 'array', items: { type: 'string' } },
  },
};

const operationOf = (routed: RoutedOperation, schemas: NamedSchemas): Json => {
  const { name, method, operation } = routed;
  const request = schemas.of(operation.request, 'input');
  const [inPath, others] = splitFields(routed, request);
  return {
    operationId: name.replace('.', '_'),
    summary: operation.summary,
    tags: [operation.group],
    ...(name === 'submit.submit'
      ? SUBMISSION(request)
      : fieldsOf(method, [inPath, others], conditionsOf(name))),
    responses: responsesOf(routed, schemas),
  };
};

interface Fields {
  readonly properties: Readonly<Record<string, Json>>;
  readonly required: readonly string[];
}

const splitFields = ({ path }: RoutedOperation, request: Json): readonly [Fields, Fields] => {
  const { properties = {}, required = [] } = request as Partial<Fields>;
  const isInPath = (name: string): boolean => path.includes(`{${name}}`);
  const pick = (wanted: (name: string) => boolean): Fields => ({
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => wanted(name))),
    required: required.filter(wanted),
  });
  return [pick(isInPath), pick((name) => !isInPath(name))];
};

/** Headers that make a request depend on the state. */
const conditionsOf = (name: OperationName): readonly Json[] => [
  ...(name in STREAMED ? [LAST_EVENT_ID] : []),
  ...(isTagged(name)
    ? [header('If-None-Match', 'An ETag that the client has: 304 where it still holds.')]
    : []),
  ...(readBefore(name) === undefined
    ? []
    : [header('If-Match', `The ETag of ${String(readBefore(name))}: 412 where it holds no more.`)]),
];

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});

const fieldsOf = (
  method: RoutedOperation['method'],
  [inPath, others]: readonly [Fields, Fields],
  conditions: readonly Json[],
): Json => {
  const parameters = [
    ...parametersOf(inPath, 'path'),
    ...(method === 'POST' ? [] : parametersOf(others, 'query')),
    ...('namespace' in others.properties ? [] : [NAMESPACE]),
    ...conditions,
  ];
  const { properties, required } = others;
  const hasBody = method === 'POST' && Object.keys(properties).length > 0;
  const body = { type: 'object', properties, required, additionalProperties: false };
  return {
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody && {
      requestBody: { required: required.length > 0, content: content('application/json', body) },
    }),
  };
};

/** In which the caller acts, where the request itself does not say it. */
const NAMESPACE: Json = {
  name: 'namespace',
  in: 'query',
  schema: { type: 'string', pattern: NAMESPACE_PATTERN.source },
};

const parametersOf = ({ properties, required }: Fields, place: 'path' | 'query'): Json[] =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(isRecordSchema(schema)
      ? { content: content('application/json', schema) }
      : { schema, ...(schema['type'] === 'array' && { style: 'form', explode: false }) }),
  }));

const isRecordSchema = ({ type }: Json): boolean => type === 'object';

const SUBMISSION = (request: Json): Json => ({
  parameters: [
    { name: 'band', in: 'query', schema: { type: 'string', enum: ['low', 'normal', 'high', 'critical'] } },
    {
      name: 'wait',
      in: 'query',
      description: 'How long to wait for the verdict, such as "30s".',
      schema: { type: 'string' },
    },
    NAMESPACE,
    { name: 'Idempotency-Key', in: 'header', schema: { type: 'string' } },
  ],
  requestBody: {
    required: true,
    content: {
      ...content('application/json', request),
      ...content('application/x-ndjson', { type: 'string', description: 'A task as JSON in each line.' }),
    },
  },
});

/** Of every route: another method, a path or a head of the request that is too long, a compressed body, and too many requests. */
const ALWAYS = ['405', '414', '415', '429', '431'];

const responsesOf = ({ name, operation }: RoutedOperation, schemas: NamedSchemas): Json => {
  const codes = operation.errors.map((code) => String(catalogue[code].http));
  const unmet = readBefore(name) === undefined ? [] : ['412'];
  const refused = [...new Set([...codes, ...ALWAYS, ...unmet])].toSorted();
  const answered = name === 'submit.submit' ? submissionAnswers(operation) : { 200: operation.reply };
  return {
    ...Object.fromEntries(
      Object.entries(answered).map(([status, reply]) => [
        status,
        {
          description: 'The reply.',
          ...(isTagged(name) && { headers: ETAG }),
          content: {
            ...content('application/json', schemas.of(reply, 'output')),
            ...streamContent(name, schemas),
          },
          ...linksOf(name, status),
        },
      ]),
    ),
    ...(isTagged(name) && { 304: { description: 'What the client has still holds.', headers: ETAG } }),
    ...Object.fromEntries(refused.map((one) => [one, { $ref: '#/components/responses/Problem' }])),
  };
};

/** The frames of an answer that can be followed. */
const streamContent = (name: OperationName, schemas: NamedSchemas): Json => {
  const data = STREAMED[name];
  return data === undefined ? {} : eventStream(schemas.of(data, 'output'));
};

const STREAMED: Readonly<Partial<Record<OperationName, z.ZodType>>> = {
  'history.feed': journalledEventSchema,
  'history.logs': logChunkSchema,
};

/** OpenAPI 3.1 has no keyword for the items of a stream. */
const eventStream = (data: Json): Json => ({
  'text/event-stream': {
    schema: {
      type: 'string',
      description:
        'Server-sent events: the id is the place from which "Last-Event-ID" goes on; "event: gap" states what is missing, "event: end" why it ends.',
    },
    'x-data-schema': data,
  },
});

const LAST_EVENT_ID = header('Last-Event-ID', 'The id of the last frame: the stream goes on behind it.');

/** Events of one task, which no other operation of the catalogue answers. */
const taskEventsPath = (schemas: NamedSchemas): Json => ({
  get: {
    operationId: 'task_events',
    summary: 'The events of a task as a stream, from its submission to its verdict.',
    tags: ['task'],
    parameters: [
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'after', in: 'query', schema: { type: 'string' } },
      NAMESPACE,
      LAST_EVENT_ID,
    ],
    responses: {
      200: {
        description: 'The stream.',
        content: eventStream(schemas.of(journalledEventSchema, 'output')),
      },
      ...Object.fromEntries(
        TASK_EVENTS_ERRORS.map((one) => [one, { $ref: '#/components/responses/Problem' }]),
      ),
    },
  },
});

/** The view for screens: it takes the conditions of a list. */
const livePath = (schemas: NamedSchemas): Record<string, Json> => {
  const { request } = ENGINE_OPERATIONS.list;
  const { properties = {} } = schemas.of(request, 'input') as Partial<Fields>;
  return {
    get: {
      operationId: 'live',
      summary: 'Counts, and the tasks of a window, as a stream of at most five frames a second.',
      tags: ['task'],
      parameters: parametersOf({ properties, required: [] }, 'query'),
      responses: {
        200: {
          description: 'The stream: "event: full", then "event: change".',
          content: eventStream({ type: 'object' }),
        },
        ...Object.fromEntries(
          TASK_EVENTS_ERRORS.map((one) => [one, { $ref: '#/components/responses/Problem' }]),
        ),
      },
    },
  };
};

const TASK_EVENTS_ERRORS = ['400', '401', '403', '404', '405', '414', '415', '429', '431', '500', '503'];

/** What can be done next with the id in a reply. */
const NEXT: Readonly<Partial<Record<OperationName, readonly OperationName[]>>> = {
  'submit.submit': ['task.get', 'task.wait', 'task.why', 'task.cancel', 'task.delete', 'history.logs'],
  'task.cancel': ['task.get', 'task.delete'],
  'access.createKey': ['access.rotateKey', 'access.revokeKey'],
  'access.addGrant': ['access.removeGrant'],
  'access.addSigner': ['access.removeSigner'],
};

const linksOf = (name: OperationName, status: string): Json => {
  const next = status === '207' ? [] : (NEXT[name] ?? []);
  if (next.length === 0) return {};
  const links = next.map((one) => {
    const operationId = one.replace('.', '_');
    return [operationId, { operationId, parameters: { 'path.id': '$response.body#/id' } }];
  });
  return { links: Object.fromEntries(links) };
};

const ETAG: Json = { ETag: { description: 'Of the whole state.', schema: { type: 'string' } } };

/** With `wait` the answer is the task: settled, or as it is when the time is over. */
const submissionAnswers = ({ reply }: Operation) => ({
  200: ENGINE_OPERATIONS.get.reply,
  202: z.union([reply, ENGINE_OPERATIONS.get.reply]),
  207: reply,
});

/** JSON schemas whose named parts are in the document once. */
const namedSchemas = (): NamedSchemas => {
  const found: Record<string, Json> = {};
  return {
    of: (schema, io) => {
      const {
        $defs = {},
        $schema: _,
        ...own
      } = relocated(schema.toJSONSchema({ io, unrepresentable: 'any' })) as {
        readonly $defs?: Readonly<Record<string, Json>>;
        readonly $schema?: string;
      };
      for (const [name, definition] of Object.entries($defs)) found[name] ??= withoutId(definition);
      const { id } = own as { readonly id?: string };
      if (id === undefined) return own;
      found[id] ??= withoutId(own);
      return { $ref: `#/components/schemas/${id}` };
    },
    all: () => found,
  };
};

const relocated = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/')) as unknown;

/** The name under which a schema is registered is no keyword of JSON schemas. */
const withoutId = (schema: Json): Json =>
  Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'id'));
