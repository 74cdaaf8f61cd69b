import type { NatsConnection } from '@nats-io/nats-core';
import { AppError, errorOf, problemOf } from '@precedent/kernel';
import type { z } from 'zod';
import { decodeExact } from '../validation/decode.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { openMicroService } from './micro-service.ts';
import type { Responder, Endpoint } from './micro-service.ts';
import { problemFromZod } from '../validation/zod-problem.ts';

/** One verb of a service: the schema of its requests, and their handler. To refuse, the handler throws an `AppError`. */
export interface ServiceVerb {
  readonly schema: z.ZodType;
  readonly handle: (request: unknown) => Promise<object>;
}

/** A verb whose handler gets the output of its schema. */
export const verb = <S extends z.ZodType>(
  schema: S,
  handle: (request: z.output<S>) => Promise<object>,
): ServiceVerb => ({ schema, handle: (request) => handle(request as z.output<S>) });

export interface JsonServiceOptions {
  readonly nc: NatsConnection;
  readonly name: string;
  readonly description: string;
  /** A semantic version. */
  readonly version: string;
  /** Each verb is a request to `<group>.<verb>`. */
  readonly group: string;
  readonly verbs: Readonly<Record<string, ServiceVerb>>;
}

/** A longer schema is left out, because one message must hold the schemas of all verbs: the answer to an info request. */
const SCHEMA_CHARS_MAX = 8_192;
/** Bytes by which an answer must stay below the server's limit for a message. */
const HEADROOM_BYTES = 4_096;
const DEFAULT_MAX_PAYLOAD = 1_048_576;

/** A NATS micro service with JSON requests and answers. Answers are `{error}` for a refusal, with the service error headers. */
export const openJsonService = ({ group, verbs, ...service }: JsonServiceOptions): Promise<EngineIngress> => {
  const maxBytes = (): number => (service.nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD) - HEADROOM_BYTES;
  const endpointOf = (name: string, each: ServiceVerb): Endpoint => ({
    subject: `${group}.${name}`,
    metadata: { schema: schemaText(each) },
    take: (msg, answer) => void respond({ each, data: msg.data, maxBytes: maxBytes() }, answer),
  });
  const endpoints = Object.entries(verbs).map(([name, each]) => [name, endpointOf(name, each)] as const);
  return openMicroService({ ...service, endpoints: Object.fromEntries(endpoints) });
};

const schemaText = ({ schema }: ServiceVerb): string => {
  const text = JSON.stringify(schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }));
  return text.length <= SCHEMA_CHARS_MAX ? text : '';
};

interface Request {
  readonly each: ServiceVerb;
  readonly data: Uint8Array;
  readonly maxBytes: number;
}

/** Never rejects: every request is answered. */
const respond = async ({ each, data, maxBytes }: Request, answer: Responder): Promise<void> => {
  try {
    answer.send(await textOf({ each, data, maxBytes }));
  } catch (error) {
    answer.refuse(problemOf(error));
  }
};

const textOf = async ({ each, data, maxBytes }: Request): Promise<string> => {
  const text = JSON.stringify(await each.handle(checked(each.schema, data)));
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge(text.length, maxBytes);
  return text;
};

const checked = (schema: z.ZodType, data: Uint8Array): unknown => {
  const decoded = decodeExact(data);
  if ('problem' in decoded) throw errorOf(decoded.problem);
  const result = schema.safeParse(decoded.value);
  if (result.success) return result.data;
  const context = { code: 'INVALID_REQUEST', fields: fieldsOf(schema) } as const;
  throw errorOf(problemFromZod(result.error, decoded.value, context));
};

const fieldsOf = (schema: z.ZodType): string[] =>
  'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null
    ? Object.keys(schema.shape)
    : [];

const tooLarge = (size: number, max: number): AppError =>
  new AppError(
    'INVALID_REQUEST',
    `the answer has ${size} of ${max} bytes: request less with a smaller limit`,
  );
