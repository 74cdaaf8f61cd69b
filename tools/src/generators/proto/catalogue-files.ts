import { GRPC_OPERATIONS, PACKAGE } from '@precedent/grpc/reference';
import type { GrpcOperation } from '@precedent/grpc/reference';
import { messageOf } from './from-schema.ts';
import type { JsonSchema, SchemaScope } from './from-schema.ts';
import { enums } from './enums.ts';
import { snakeCase } from './model.ts';
import type { ProtoField, ProtoFile, ProtoMessage, ProtoMethod, ProtoService } from './model.ts';
import { STREAMS } from './streams.ts';

/** The files of `precedent.v1`, one for each service. A message that several services use is in the file of the first. */
export const catalogueFiles = (): ProtoFile[] => {
  const definitions = allDefinitions();
  const scope: SchemaScope = { package: PACKAGE, definitions, enums };
  const taken = new Set<string>();
  return servicesOf().map(([service, operations]) => {
    const schemas = operations.flatMap((one) => [requestOf(one), replyOf(one)]);
    const named = namedIn(schemas, definitions).filter((name) => !taken.has(name));
    for (const name of named) taken.add(name);
    const streams = STREAMS.filter((one) => one.service === service);
    return {
      path: `precedent/v1/${snakeCase(service).replace('_service', '')}.proto`,
      package: PACKAGE,
      enums:
        taken.size === named.length ? Object.entries(enums).map(([name, values]) => ({ name, values })) : [],
      messages: [
        ...operations.flatMap((one) => [requestMessage(one, scope), replyMessage(one)]),
        ...streams.flatMap(({ messages }) => messages),
        ...named.map((name) => messageOf(name, definitions[name] ?? {}, scope)),
      ],
      services: [
        serviceOf(
          service,
          operations,
          streams.map(({ method }) => method),
        ),
      ],
    };
  });
};

const servicesOf = (): (readonly [string, readonly GrpcOperation[]])[] =>
  [...new Set(GRPC_OPERATIONS.map(({ service }) => service))].map((service) => [
    service,
    GRPC_OPERATIONS.filter((one) => one.service === service),
  ]);

const requestOf = ({ operation }: GrpcOperation): JsonSchema =>
  operation.request.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as JsonSchema;

/** A refusal of a single task is the status of the call. */
const replyOf = ({ name, operation }: GrpcOperation): JsonSchema => {
  const schema = operation.reply.toJSONSchema({ io: 'output', unrepresentable: 'any' }) as JsonSchema;
  return name === 'submit.submit' ? { ...schema, anyOf: [], $ref: '#/$defs/Accepted' } : schema;
};

/** Throws when two schemas have one name: they would be one message. */
const allDefinitions = (): Readonly<Record<string, JsonSchema>> => {
  const found: Record<string, JsonSchema> = {};
  for (const { $defs = {} } of GRPC_OPERATIONS.flatMap((one) => [requestOf(one), replyOf(one)]))
    for (const [name, schema] of Object.entries($defs)) {
      const known = (found[name] ??= schema);
      if (shape(known) !== shape(schema)) throw new Error(`two schemas are named ${name}`);
    }
  return found;
};

const shape = (schema: JsonSchema): string => Object.keys(schema.properties ?? {}).join();

/** All names that schemas refer to, also by way of others. */
const namedIn = (
  schemas: readonly JsonSchema[],
  definitions: Readonly<Record<string, JsonSchema>>,
): string[] => {
  const found = new Set<string>();
  const follow = (schema: unknown): void => {
    for (const [, name = ''] of JSON.stringify(schema).matchAll(/"#\/\$defs\/(\w+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      follow(definitions[name]);
    }
  };
  for (const { $defs: _, ...own } of schemas) follow(own);
  return [...found];
};

const TASK: ProtoField = { name: 'task', type: `${PACKAGE}.TaskSpec` };
const NAMESPACE: ProtoField = {
  name: 'namespace',
  type: 'string',
  label: 'optional',
  comment: 'In which it acts; by default that of the credential.',
};

const requestMessage = (one: GrpcOperation, scope: SchemaScope): ProtoMessage => {
  const name = `${one.method}Request`;
  const own = one.takesTask ? { name, fields: [TASK], messages: [] } : messageOf(name, requestOf(one), scope);
  return one.addsNamespace ? { ...own, fields: [...own.fields, NAMESPACE] } : own;
};

/** One field, so that the reply can grow: the named schema, or a list of it. */
const replyMessage = (one: GrpcOperation): ProtoMessage => {
  const { method, name } = one;
  const { $ref, items } = replyOf(one);
  const reference = $ref ?? items?.$ref;
  if (reference === undefined) throw new Error(`the reply of ${name} has no name: give its schema one`);
  const type = reference.replace('#/$defs/', '');
  const field = type.charAt(0).toLowerCase() + type.slice(1);
  return {
    name: `${method}Response`,
    fields: [
      items
        ? { name: `${field}s`, type: `${PACKAGE}.${type}`, label: 'repeated' }
        : { name: field, type: `${PACKAGE}.${type}` },
    ],
    messages: [],
  };
};

const SUBMITS_ONE = 'Takes one task, and answers when it is durable. A task without a band is normal.';

const serviceOf = (
  name: string,
  operations: readonly GrpcOperation[],
  streams: readonly ProtoMethod[],
): ProtoService => ({
  name,
  methods: [
    ...operations.map(({ name: operationName, method, operation }) => ({
      name: method,
      comment: operationName === 'submit.submit' ? SUBMITS_ONE : operation.summary,
      request: `${PACKAGE}.${method}Request`,
      response: `${PACKAGE}.${method}Response`,
    })),
    ...streams,
  ],
});
