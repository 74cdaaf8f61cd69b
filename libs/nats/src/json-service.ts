import type { NatsConnection } from '@nats-io/nats-core';
import { Svcm } from '@nats-io/services';
import type { Service, ServiceMsg } from '@nats-io/services';
import { AppError, problemOf } from '@precedent/kernel';
import type { z } from 'zod';
import { textOf } from './bytes.ts';
import { Unanswered } from './door.ts';
import type { Door } from './door.ts';
import { refuse } from './refuse.ts';
import { problemFromZod } from './zod-problem.ts';

/** One request of a service: what it takes, and what comes of it. A refusal is an `AppError`. */
export interface ServiceVerb {
  readonly schema: z.ZodType;
  readonly handle: (request: unknown) => Promise<object>;
}

/** A verb whose handler gets what its schema gives. */
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

const CLOSE_LIMIT_MS = 2_000;
/** A server's message must hold the schemas of all verbs, when it is asked what the service offers. */
const SCHEMA_CHARS_MAX = 8_192;
/** Of an answer, beside the server's limit for a message. */
const HEADROOM_BYTES = 4_096;
const DEFAULT_MAX_PAYLOAD = 1_048_576;

/** A NATS micro service that takes and gives JSON. Answers are `{error}` for a refusal, with the service error headers. */
export const openJsonService = async (options: JsonServiceOptions): Promise<Door> => {
  const { nc, name, version, description } = options;
  const unanswered = new Unanswered();
  // The package brings a core of its own, whose types are not ours; what it uses of a connection is the same.
  const service = await new Svcm(nc as unknown as ConstructorParameters<typeof Svcm>[0]).add({
    name,
    version,
    description,
  });
  addVerbs(service, options, unanswered);
  return {
    close: async () => {
      await service.stop();
      await unanswered.settled(CLOSE_LIMIT_MS);
    },
  };
};

const addVerbs = (
  service: Service,
  { nc, group, verbs }: JsonServiceOptions,
  unanswered: Unanswered,
): void => {
  const endpoints = service.addGroup(group);
  for (const [name, each] of Object.entries(verbs)) {
    endpoints.addEndpoint(name, {
      metadata: { schema: schemaText(each) },
      handler: (error, msg) => {
        if (error !== null) return;
        const maxBytes = (nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD) - HEADROOM_BYTES;
        const end = unanswered.begin((problem) => refuse(msg, problem));
        void answer(each, msg, maxBytes).finally(end);
      },
    });
  }
};

const schemaText = ({ schema }: ServiceVerb): string => {
  const text = JSON.stringify(schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }));
  return text.length <= SCHEMA_CHARS_MAX ? text : '';
};

const answer = async ({ schema, handle }: ServiceVerb, msg: ServiceMsg, maxBytes: number): Promise<void> => {
  const value = parsed(textOf(msg.data));
  if (value === undefined)
    return refuse(msg, { code: 'INVALID_REQUEST', message: 'the request is not JSON' });
  const checked = schema.safeParse(value);
  if (!checked.success)
    return refuse(
      msg,
      problemFromZod(checked.error, value, { code: 'INVALID_REQUEST', fields: fieldsOf(schema) }),
    );
  try {
    const text = JSON.stringify(await handle(checked.data));
    if (Buffer.byteLength(text) > maxBytes) throw tooLarge(text.length, maxBytes);
    msg.respond(text);
  } catch (error) {
    refuse(msg, problemOf(error));
  }
};

const fieldsOf = (schema: z.ZodType): string[] =>
  'shape' in schema && typeof schema.shape === 'object' && schema.shape !== null
    ? Object.keys(schema.shape)
    : [];

const parsed = (text: string): unknown => {
  if (text === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const tooLarge = (size: number, max: number): AppError =>
  new AppError(
    'INVALID_REQUEST',
    `the answer has ${size} of ${max} bytes: ask for less with a smaller limit`,
  );
