import type { NatsConnection } from '@nats-io/nats-core';
import type { Operation, Operations, ReplyOf, RequestOf } from '@precedent/contracts';
import { AppError, errorOf, problemOf } from '@precedent/kernel';
import type { z } from 'zod';
import { decodeExact } from '../validation/decode.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { openMicroService } from './micro-service.ts';
import type { Endpoint, Responder } from './micro-service.ts';
import { metadataOf } from './operation-metadata.ts';
import { problemFromZod } from '../validation/zod-problem.ts';

/** A handler for each operation: it gets the checked request. To refuse, it throws an `AppError`. */
export type HandlersOf<O extends Operations> = {
  readonly [V in keyof O]: (request: RequestOf<O[V]>) => Promise<ReplyOf<O[V]>>;
};

export interface JsonServiceOptions<O extends Operations> {
  readonly nc: NatsConnection;
  readonly name: string;
  readonly description: string;
  /** A semantic version. */
  readonly version: string;
  /** Each operation is a request to `<group>.<verb>`. */
  readonly group: string;
  readonly operations: O;
  readonly handlers: HandlersOf<O>;
}

/** Bytes by which an answer must stay below the server's limit for a message. */
const HEADROOM_BYTES = 4_096;
const DEFAULT_MAX_PAYLOAD = 1_048_576;

type Handle = (request: unknown) => Promise<unknown>;

/** Operations as a NATS micro service with JSON requests and answers. Answers are `{error}` for a refusal, with the service error headers. */
export const openJsonService = <O extends Operations>({
  group,
  operations,
  handlers,
  ...service
}: JsonServiceOptions<O>): Promise<EngineIngress> => {
  const maxBytes = (): number => (service.nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD) - HEADROOM_BYTES;
  const endpointOf = (operation: Operation, handle: Handle): Endpoint => ({
    subject: `${group}.${operation.verb}`,
    metadata: metadataOf(operation),
    take: (msg, answer) => void respond({ operation, handle, data: msg.data, maxBytes: maxBytes() }, answer),
  });
  const endpoints = Object.entries(operations).map(
    // A request has passed the schema of its operation when its handler gets it.
    ([verb, operation]) => [verb, endpointOf(operation, handlers[verb] as Handle)] as const,
  );
  return openMicroService({ ...service, endpoints: Object.fromEntries(endpoints) });
};

interface Request {
  readonly operation: Operation;
  readonly handle: Handle;
  readonly data: Uint8Array;
  readonly maxBytes: number;
}

/** Never rejects: every request is answered. */
const respond = async (request: Request, answer: Responder): Promise<void> => {
  try {
    answer.send(await textOf(request));
  } catch (error) {
    answer.refuse(problemOf(error));
  }
};

const textOf = async ({ operation, handle, data, maxBytes }: Request): Promise<string> => {
  const text = JSON.stringify(await handle(checked(operation.request, data)));
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
