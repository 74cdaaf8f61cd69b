import type { NatsConnection } from '@nats-io/nats-core';
import type { ServiceMsg } from '@nats-io/services';
import type { RequestFacts } from '@precedent/access';
import type { Operation, Operations, ReplyOf, RequestOf } from '@precedent/contracts';
import { callerPattern } from '@precedent/contracts';
import { AppError, errorOf, problemOf } from '@precedent/kernel';
import { OPEN_CALLER } from '@precedent/ports';
import type { Caller } from '@precedent/ports';
import type { z } from 'zod';
import { decodeExact } from '../validation/decode.ts';
import type { EngineIngress } from '../ingress/in-flight.ts';
import { RequestAudit } from '../audit/request-audit.ts';
import { callerOf, decidedNow, senderOf, withNamespace } from './caller-gate.ts';
import type { Gate, Sender } from './caller-gate.ts';
import { openMicroService } from './micro-service.ts';
import type { Endpoint, Responder } from './micro-service.ts';
import { metadataOf, requirementOf } from './operation-metadata.ts';
import { problemFromZod } from '../validation/zod-problem.ts';

/** A handler for each operation: it gets the checked request, and who sent it. To refuse, it throws an `AppError`. */
export type HandlersOf<O extends Operations> = {
  readonly [V in keyof O]: (
    request: RequestOf<O[V]>,
    caller: Caller,
    record: RecordAllowed,
  ) => Promise<ReplyOf<O[V]>>;
};

/** Resolves when it is durable that something is going to be done. Rejects AUDIT_UNAVAILABLE: then it must not be done. */
export type RecordAllowed = (facts: RequestFacts) => Promise<void>;

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
  /** Absent: subjects with a caller are not listened to. */
  readonly gate?: Gate | undefined;
  /** Its handlers record what they allow, because they know best what it is; also on subjects without a caller. */
  readonly recordsItself?: boolean;
}

/** Bytes by which an answer must stay below the server's limit for a message. */
const HEADROOM_BYTES = 4_096;
const DEFAULT_MAX_PAYLOAD = 1_048_576;

type Handle = (request: unknown, caller: Caller, record: RecordAllowed) => Promise<unknown>;

/** Operations as a NATS micro service with JSON requests and answers. Answers are `{error}` for a refusal, with the service error headers. */
export const openJsonService = <O extends Operations>({
  group,
  operations,
  handlers,
  gate,
  recordsItself = false,
  ...service
}: JsonServiceOptions<O>): Promise<EngineIngress> => {
  const maxBytes = (): number => (service.nc.info?.max_payload ?? DEFAULT_MAX_PAYLOAD) - HEADROOM_BYTES;
  const endpointsOf = (operation: Operation, handle: Handle): [string, Endpoint][] => {
    const { verb } = operation;
    const take: Endpoint['take'] = (msg, answer) =>
      void respond({ operation, handle, gate, recordsItself, msg, maxBytes: maxBytes() }, answer);
    const open: Endpoint = { take, subject: `${group}.${verb}`, metadata: metadataOf(operation) };
    if (gate === undefined) return [[verb, open]];
    const subject = callerPattern(`${operation.group}.${verb}`, gate.root);
    return [
      [verb, open],
      [`${verb}-of-caller`, { take, subject, metadata: requirementOf(operation) }],
    ];
  };
  const endpoints = Object.entries(operations).flatMap(([verb, operation]) =>
    // A request has passed the schema of its operation when its handler gets it.
    endpointsOf(operation, handlers[verb] as Handle),
  );
  return openMicroService({ ...service, endpoints: Object.fromEntries(endpoints) });
};

interface Request {
  readonly operation: Operation;
  readonly handle: Handle;
  readonly gate: Gate | undefined;
  readonly recordsItself: boolean;
  readonly msg: Pick<ServiceMsg, 'subject' | 'data' | 'headers'>;
  readonly maxBytes: number;
}

/** Never rejects: every request is answered. */
const respond = async (request: Request, answer: Responder): Promise<void> => {
  const { gate, msg, operation, recordsItself } = request;
  const list = operation.batched ? listIn(msg.data) : undefined;
  if (list !== undefined) return answer.send(await linesOf(request, list));
  const audit =
    RequestAudit.of(gate, msg, operation) ??
    (gate && recordsItself ? RequestAudit.ofProgram(gate, msg, operation) : undefined);
  try {
    answer.send(await textOf(request, audit));
  } catch (error) {
    const problem = problemOf(error);
    await audit?.refused([problem]);
    answer.refuse(problem);
  }
};

const textOf = async (incoming: Request, audit: RequestAudit | undefined): Promise<string> => {
  const { operation, handle, gate, recordsItself, msg, maxBytes } = incoming;
  const { body, caller } = await decidedNow(gate, () => decided(incoming, () => valueIn(msg.data), audit));
  if (operation.mutates && !recordsItself) await audit?.allowed();
  const record: RecordAllowed = async (facts) => audit?.allowed(facts);
  const text = JSON.stringify(await handle(body, caller, record));
  if (Buffer.byteLength(text) > maxBytes) throw tooLarge(text.length, maxBytes);
  return text;
};

/**
 * A line for each request of a list: its reply, or nothing where that is a refusal or there is no room for it. Each such request is sent again
 * alone, so that refusals are decided once more, recorded and answered as those of other messages.
 */
const linesOf = async (incoming: Request, list: readonly unknown[]): Promise<string> => {
  const replies = list.map(async (request) => {
    const { body, caller } = decided(incoming, () => request);
    return JSON.stringify(await incoming.handle(body, caller, NOT_RECORDED));
  });
  let room = incoming.maxBytes;
  const lines = (await Promise.allSettled(replies)).map((reply) => {
    const text = reply.status === 'fulfilled' ? reply.value : '';
    const bytes = Buffer.byteLength(text) + 1;
    if (bytes > room) return '';
    room -= bytes;
    return text;
  });
  return lines.join('\n');
};

/** What is batched only reads. */
const NOT_RECORDED: RecordAllowed = () => Promise.resolve();

interface DecidedRequest {
  readonly body: unknown;
  readonly caller: Caller;
}

/** The request, checked, and its sender with what it may see. Throws the refusal. */
const decided = (
  { operation, gate, msg }: Request,
  read: () => unknown,
  audit?: RequestAudit,
): DecidedRequest => {
  const sender = senderOf(gate, msg.subject);
  const body = checked(operation.request, read(), sender);
  audit?.concerns(body);
  return { body, caller: sender && gate ? callerOf(sender, operation, body, gate.now()) : OPEN_CALLER };
};

const LIST = '['.codePointAt(0);

/** The requests of a message with several; `undefined` where it holds one, or cannot be read. */
const listIn = (data: Uint8Array): readonly unknown[] | undefined => {
  if (data[0] !== LIST) return undefined;
  const decoded = decodeExact(data);
  if (!('value' in decoded) || !Array.isArray(decoded.value)) return undefined;
  const list: readonly unknown[] = decoded.value;
  return list.length > 0 && list.length <= LISTED_MAX ? list : undefined;
};

/** More than our clients put into a message. A longer list is refused as one request. */
const LISTED_MAX = 2_000;

const valueIn = (data: Uint8Array): unknown => {
  const decoded = decodeExact(data);
  if ('problem' in decoded) throw errorOf(decoded.problem);
  return decoded.value;
};

const checked = (schema: z.ZodType, read: unknown, sender: Sender | undefined): unknown => {
  const fields = fieldsOf(schema);
  const value = sender ? withNamespace(read, sender, fields.includes('namespace')) : read;
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw errorOf(problemFromZod(result.error, value, { code: 'INVALID_REQUEST', fields }));
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
