import { compile } from '@precedent/access';
import { bulkPiecesOf } from '@precedent/contract-types';
import type {
  BulkPieceReply,
  BulkPreviewRequest,
  HistoryListRequest,
  HistoryTaskView,
  Principal,
} from '@precedent/contract-types';
import { BulkOperations } from '@precedent/engine';
import type { BulkParts } from '@precedent/engine';
import { isAppError } from '@precedent/kernel';
import { OPEN_CALLER } from '@precedent/ports';
import type { ObjectStore, OrProblem } from '@precedent/ports';
import { memoryObjectStore } from '@precedent/testkit';
import { aTask } from './world.ts';
import type { World } from './world.ts';
import type { ScriptedWorker } from './scripted-worker.ts';

interface Options {
  readonly sets?: ObjectStore;
  readonly principals?: Map<string, Principal>;
  readonly forgotten?: readonly Partial<HistoryTaskView>[];
  readonly record?: BulkParts['record'];
}

/** Operations on many tasks over the engine that runs now. */
export const aBulk = (w: World, { sets, principals, forgotten = [], record }: Options = {}) => {
  const requests: HistoryListRequest[] = [];
  const parts: BulkParts = {
    engine: w.api,
    sets: sets ?? memoryObjectStore({ clock: w.clock }),
    settled: {
      list: async (request) => {
        requests.push(request);
        const after = Number(request.cursor ?? 0);
        const next = after + 1 < forgotten.length ? { cursor: String(after + 1) } : {};
        const tasks = forgotten.slice(after, after + 1) as HistoryTaskView[];
        return { tasks, ...next, freshness: { seq: 0, lag: 0 } as never };
      },
      deletionProblem: async ({ id }) => {
        if (forgotten.some((task) => task.id === id)) return undefined;
        return { code: 'TASK_NOT_FOUND', message: `no task has the id ${id}` };
      },
    },
    callers: principals && {
      principalOf: (credential) => {
        const principal = principals.get(credential);
        return principal && compile(principal);
      },
    },
    record,
    defaults: { namespace: 'default', project: 'default' },
    now: () => w.now,
    newId: () => crypto.randomUUID(),
  };
  return { ...parts, requests, bulk: new BulkOperations(parts) };
};

/** What came of it, without time passing. */
export const soon = async <T>(w: World, promise: Promise<T>): Promise<T> => {
  let isOver = false;
  const over = promise.finally(() => (isOver = true));
  over.catch(() => undefined);
  while (!isOver) await w.settle();
  return over;
};

export const codeOf = async (w: World, promise: Promise<unknown>): Promise<string> => {
  try {
    return await soon(w, promise).then(() => 'answered');
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
};

export const preview = (
  w: World,
  { bulk }: ReturnType<typeof aBulk>,
  request: Partial<BulkPreviewRequest> = {},
) => soon(w, bulk.preview({ action: 'cancel', ...request }, OPEN_CALLER));

export const start = async (
  w: World,
  of: ReturnType<typeof aBulk>,
  request: Partial<BulkPreviewRequest> = {},
) => {
  const { token = '' } = await preview(w, of, request);
  return soon(w, of.bulk.start(token, OPEN_CALLER));
};

export const leaseOf = (worker: ScriptedWorker, id: string) => [id, worker.running.get(id) ?? 0] as const;

interface Acting {
  readonly worker: ScriptedWorker;
  readonly id: string;
  readonly index?: number;
}

/** Has a piece acted on, as the worker of the bulk task does. */
export const act = async (
  w: World,
  { bulk, sets }: Pick<ReturnType<typeof aBulk>, 'bulk' | 'sets'>,
  { worker, id, index = 0 }: Acting,
): Promise<OrProblem<BulkPieceReply>> => {
  const set = JSON.parse(Buffer.from((await sets.get(id)) ?? []).toString()) as { ids: string[] };
  const ids = bulkPiecesOf(set.ids)[index] ?? [];
  return soon(w, bulk.act(worker.session, leaseOf(worker, id), { index, ids }));
};

export const waiting = async (
  w: World,
  count: number,
  more: Parameters<typeof aTask>[0] = {},
): Promise<void> => {
  const tasks = Array.from({ length: count }, (_, n) => aTask({ id: `t${n}`, type: 'wait', ...more }));
  await w.submit(...tasks);
};
