import type { EngineSnapshot, EngineStatus, PartStatus } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import type { EngineOperations } from '@precedent/contracts';
import { AppError, errorOf } from '@precedent/kernel';
import type { BulkApi, EngineApi } from '@precedent/ports';
import type { CheckClaim } from './namespace-claim.ts';
import type { HandlersOf } from './json-service.ts';
import { replied } from './replied.ts';

export interface ApiHandlersOptions {
  readonly engine: Pick<EngineApi, 'forCaller'>;
  readonly version: string;
  readonly parts?: (() => readonly PartStatus[] | undefined) | undefined;
  readonly standby?: (() => readonly string[]) | undefined;
  readonly checkClaim: CheckClaim;
  /** Absent: nothing is done to many tasks at once. */
  readonly bulk?: Pick<BulkApi, 'preview' | 'start'> | undefined;
}

/** Handlers for the operations of the engine. */
export const apiHandlers = ({
  engine,
  version,
  parts,
  standby,
  checkClaim,
  bulk = NO_BULK,
}: ApiHandlersOptions): HandlersOf<EngineOperations> => ({
  get: ({ id }, caller) => replied((reply) => engine.forCaller(caller).tasks.get(id, reply)),
  list: async ({ cursor, ...filter }, caller) => {
    if (cursor !== undefined) throw new AppError('INVALID_REQUEST', WITHOUT_PAGES);
    return replied((reply) => engine.forCaller(caller).tasks.list(filter, reply));
  },
  counts: (filter, caller) => replied((reply) => engine.forCaller(caller).tasks.counts(filter, reply)),
  wait: ({ id, timeoutMs = LIMITS.waitMs }, caller) =>
    replied((reply) => engine.forCaller(caller).tasks.wait(id, timeoutMs, reply)),
  reband: (request, caller) => replied((reply) => engine.forCaller(caller).tasks.reband(request, reply)),
  cancel: (request, caller) => replied((reply) => engine.forCaller(caller).tasks.cancel(request, reply)),
  retry: (request, caller) => replied((reply) => engine.forCaller(caller).tasks.retry(request, reply)),
  delete: (request, caller) => replied((reply) => engine.forCaller(caller).tasks.delete(request, reply)),
  deleteForgotten: async (request, caller) => {
    const problem = await checkClaim(request, caller);
    if (problem) throw errorOf(problem);
    const { tasks } = engine.forCaller(caller);
    return replied((reply) => tasks.delete({ ...request, forgotten: true }, reply));
  },
  bulkPreview: (request, caller) => bulk.preview(request, caller),
  bulkStart: ({ token }, caller) => bulk.start(token, caller),
  why: ({ id }, caller) => replied((reply) => engine.forCaller(caller).explanations.why(id, reply)),
  decisions: (filter, caller) =>
    replied((reply) => engine.forCaller(caller).explanations.decisions(filter, reply)),
  dryRun: (task, caller) => replied((reply) => engine.forCaller(caller).explanations.dryRun(task, reply)),
  workers: (_, caller) => replied((reply) => engine.forCaller(caller).explanations.workers(reply)),
  status: async (_, caller) => {
    const { explanations } = engine.forCaller(caller);
    const snapshot = await replied<EngineSnapshot>((reply) => explanations.status(reply));
    const [known, waiting] = [parts?.(), standby?.()];
    return {
      ...statusOf(snapshot, version),
      ...(known && { parts: known }),
      ...(waiting && { standby: waiting }),
    };
  },
});

const noBulk = (): Promise<never> =>
  Promise.reject(new AppError('NO_SUCH_OPERATION', 'this engine acts on one task at a time'));
const NO_BULK: Pick<BulkApi, 'preview' | 'start'> = { preview: noBulk, start: noBulk };

/** Whose pages would change from moment to moment. */
const WITHOUT_PAGES =
  'cursor: the engine has one page only; go on with history.list, as the gateway and the SDK do';

const BYTES_PER_MB = 1_048_576;

const statusOf = (snapshot: EngineSnapshot, version: string): EngineStatus => ({
  ...snapshot,
  version,
  memoryMb: Math.round(process.memoryUsage.rss() / BYTES_PER_MB),
});
