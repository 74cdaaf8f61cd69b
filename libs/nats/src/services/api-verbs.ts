import type { EngineSnapshot, EngineStatus, PartStatus } from '@precedent/contract-types';
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
import type { ApiVerb } from '@precedent/contracts';
import { errorOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { ExplanationApi, Reply, TaskApi } from '@precedent/ports';
import type { CheckClaim } from './namespace-claim.ts';
import { verb } from './json-service.ts';
import type { ServiceVerb } from './json-service.ts';

export interface ApiVerbsOptions {
  readonly tasks: TaskApi;
  readonly explanations: ExplanationApi;
  readonly version: string;
  readonly parts?: (() => readonly PartStatus[] | undefined) | undefined;
  readonly standby?: (() => readonly string[]) | undefined;
  readonly checkClaim: CheckClaim;
}

/** The verbs of the engine's API. */
export const apiVerbs = ({
  tasks,
  explanations,
  version,
  parts,
  standby,
  checkClaim,
}: ApiVerbsOptions): Readonly<Record<ApiVerb, ServiceVerb>> => ({
  get: verb(getRequestSchema, ({ id }) => replied((reply) => tasks.get(id, reply))),
  list: verb(listRequestSchema, (filter) => replied((reply) => tasks.list(filter, reply))),
  cancel: verb(cancelRequestSchema, ({ id, reason = '' }) =>
    replied((reply) => tasks.cancel(id, reason, reply)),
  ),
  delete: verb(deleteRequestSchema, async (request) => {
    const problem = request.forgotten === undefined ? undefined : await checkClaim(request);
    if (problem) throw errorOf(problem);
    return replied((reply) => tasks.delete(request, reply));
  }),
  wait: verb(waitRequestSchema, ({ id, timeoutMs = LIMITS.waitMs }) =>
    replied((reply) => tasks.wait(id, timeoutMs, reply)),
  ),
  workers: verb(emptyRequestSchema, () => replied((reply) => explanations.workers(reply))),
  status: verb(emptyRequestSchema, async () => {
    const snapshot = await replied<EngineSnapshot>((reply) => explanations.status(reply));
    const [known, waiting] = [parts?.(), standby?.()];
    return {
      ...statusOf(snapshot, version),
      ...(known && { parts: known }),
      ...(waiting && { standby: waiting }),
    };
  }),
  why: verb(getRequestSchema, ({ id }) => replied((reply) => explanations.why(id, reply))),
  decisions: verb(decisionsRequestSchema, (filter) =>
    replied((reply) => explanations.decisions(filter, reply)),
  ),
  dryRun: verb(taskSpecSchema, (task) => replied((reply) => explanations.dryRun(task, reply))),
});

/** Resolves to the reply; rejects with its problem when it is a refusal. */
const replied = <T extends object>(call: (reply: Reply<T>) => void): Promise<T> =>
  new Promise((resolve, reject) => {
    call((answer) => {
      const problem = problemIn(answer);
      if (problem) reject(errorOf(problem));
      else resolve(answer);
    });
  });

/** A failed task has an `error` too, but it has an id. */
const problemIn = (result: object): Problem | undefined =>
  'error' in result && !('id' in result) ? (result.error as Problem) : undefined;

const BYTES_PER_MB = 1_048_576;

const statusOf = (snapshot: EngineSnapshot, version: string): EngineStatus => ({
  ...snapshot,
  version,
  memoryMb: Math.round(process.memoryUsage.rss() / BYTES_PER_MB),
});
