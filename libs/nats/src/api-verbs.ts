import {
  LIMITS,
  cancelRequestSchema,
  decisionsRequestSchema,
  deleteRequestSchema,
  emptyRequestSchema,
  getRequestSchema,
  listRequestSchema,
  taskSpecSchema,
  waitRequestSchema,
} from '@precedent/contracts';
import type { ApiVerb, EngineStatus, PartStatus } from '@precedent/contracts';
import type { Problem } from '@precedent/kernel';
import type { EngineApi, EngineSnapshot } from '@precedent/ports';
import type { CheckClaim } from './forgotten-claim.ts';
import { problemFromZod } from './zod-problem.ts';

export type QueryApi = Pick<EngineApi, ApiVerb>;

const SCHEMAS = {
  get: getRequestSchema,
  list: listRequestSchema,
  cancel: cancelRequestSchema,
  delete: deleteRequestSchema,
  wait: waitRequestSchema,
  workers: emptyRequestSchema,
  status: emptyRequestSchema,
  why: getRequestSchema,
  decisions: decisionsRequestSchema,
  dryRun: taskSpecSchema,
} as const satisfies Record<ApiVerb, unknown>;

/** A server's message must hold the schemas of all verbs, when it is asked what the service offers. */
const SCHEMA_CHARS_MAX = 8_192;

/** The JSON schema of a verb's request, as text; empty when it is too large for the metadata of an endpoint. */
export const schemaOf = (verb: ApiVerb): string => {
  const text = JSON.stringify(SCHEMAS[verb].toJSONSchema({ io: 'input', unrepresentable: 'any' }));
  return text.length <= SCHEMA_CHARS_MAX ? text : '';
};

export interface Question {
  readonly verb: ApiVerb;
  readonly api: QueryApi;
  readonly version: string;
  readonly parts: readonly PartStatus[] | undefined;
  readonly checkClaim: CheckClaim;
  /** JSON text; empty counts as `{}`. */
  readonly request: string;
}

type Answer = (result: object) => void;

/** Checks a request and passes it on. Answers once, with the result or `{error}`. */
export const ask = (question: Question, answer: Answer): void => {
  const value = parse(question.request);
  if (value === undefined)
    return answer(refused({ code: 'INVALID_REQUEST', message: 'the request is not JSON' }));
  switch (question.verb) {
    case 'get':
      return get(question.api, value, answer);
    case 'list':
      return list(question.api, value, answer);
    case 'cancel':
      return cancel(question.api, value, answer);
    case 'delete':
      return remove(question, value, answer);
    case 'wait':
      return wait(question.api, value, answer);
    case 'why':
      return why(question.api, value, answer);
    case 'decisions':
      return decisions(question.api, value, answer);
    case 'dryRun':
      return dryRun(question.api, value, answer);
    case 'workers':
    case 'status':
      return view(question, value, answer);
  }
};

const get = (api: QueryApi, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.get.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  api.get(checked.data.id, answer);
};

const list = (api: QueryApi, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.list.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  api.list(checked.data, answer);
};

const cancel = (api: QueryApi, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.cancel.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  api.cancel(checked.data.id, checked.data.reason ?? '', answer);
};

const remove = ({ api, checkClaim }: Question, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.delete.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  const { data } = checked;
  if (data.forgotten === undefined) return api.delete(data, answer);
  void checkClaim(data).then((problem) => {
    if (problem) answer(refused(problem));
    else api.delete(data, answer);
  });
};

const wait = (api: QueryApi, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.wait.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  api.wait(checked.data.id, checked.data.timeoutMs ?? LIMITS.waitMs, answer);
};

const why = (api: QueryApi, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.why.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  api.why(checked.data.id, answer);
};

const decisions = (api: QueryApi, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.decisions.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  api.decisions(checked.data, answer);
};

const dryRun = (api: QueryApi, value: unknown, answer: Answer): void => {
  const checked = SCHEMAS.dryRun.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  api.dryRun(checked.data, answer);
};

const view = ({ verb, api, version, parts }: Question, value: unknown, answer: Answer): void => {
  const checked = emptyRequestSchema.safeParse(value);
  if (!checked.success) return answer(invalid(checked.error, value));
  if (verb === 'workers') return api.workers(answer);
  api.status((snapshot) => answer({ ...statusOf(snapshot, version), ...(parts && { parts }) }));
};

const BYTES_PER_MB = 1_048_576;

const statusOf = (snapshot: EngineSnapshot, version: string): EngineStatus => ({
  ...snapshot,
  version,
  memoryMb: Math.round(process.memoryUsage.rss() / BYTES_PER_MB),
});

const parse = (text: string): unknown => {
  if (text === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

const refused = (error: Problem): object => ({ error });

const invalid = (error: Parameters<typeof problemFromZod>[0], value: unknown): object =>
  refused(problemFromZod(error, value, { code: 'INVALID_REQUEST' }));
