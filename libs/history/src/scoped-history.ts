import { clearancesIn, isInScope } from '@precedent/access';
import { ANY } from '@precedent/contract-types';
import type { AccessScope, Cleared, HistoryFilter } from '@precedent/contract-types';
import { AppError, defined, isAppError } from '@precedent/kernel';
import type { NamespaceHistory } from '@precedent/ports';

/** How long a task may take to reach the history before its output is refused. Milliseconds. */
const CATCH_UP_MS = 3_000;

/** The history of a scope: a task outside it is answered as a task that does not exist. */
export const scopedHistory = (history: NamespaceHistory, scope: AccessScope): NamespaceHistory => {
  const within = <F extends Pick<HistoryFilter, 'namespace' | 'projects'>>(filter: F): Cleared<F> => ({
    ...filter,
    namespace: scope.namespace,
    ...(scope.projects !== ANY && { projects: scope.projects }),
    ...defined({ cleared: clearancesIn(scope) }),
  });
  const get: NamespaceHistory['get'] = async (request) => {
    const found = await history.get(request).catch((error: unknown) => {
      throw isNotFound(error) ? unknownIn(scope, request.id) : error;
    });
    if (isInScope(scope, found.task)) return found;
    // Takes as long as one that never was, for which the journal is looked at.
    if (request.waitMs !== undefined) await history.get({ ...request, id: NO_ID }).catch(() => undefined);
    throw unknownIn(scope, request.id);
  };
  return {
    get,
    list: (request) => history.list(within(request)),
    search: (request) => history.search(within(request)),
    stats: async (request) => {
      const { scope: counted, ...stats } = await history.stats(within(request));
      // The number of older tasks that are not counted yet is of the cell.
      const { uncounted: _, ...own } = counted ?? {};
      return { ...stats, ...(Object.keys(own).length > 0 && { scope: own }) };
    },
    events: async (request) => {
      if (request.task === undefined) throw wholeLog();
      await get({ id: request.task });
      return history.events(request);
    },
    feed: (request) => history.feed(within(request)),
    decisions: async () => {
      throw new AppError(
        'FORBIDDEN',
        'whole decisions name tasks of other namespaces: "why" shows what concerns a task',
      );
    },
    logs: async (request) => {
      await get({ id: request.id, waitMs: CATCH_UP_MS });
      return history.logs(request);
    },
  };
};

/** No task has it. */
const NO_ID = ' ';

const isNotFound = (error: unknown): boolean => isAppError(error) && error.code === 'TASK_NOT_FOUND';

const unknownIn = ({ namespace }: AccessScope, id: string): AppError =>
  new AppError('TASK_NOT_FOUND', `the history of namespace ${namespace} has no task ${id}`);

const wholeLog = (): AppError =>
  new AppError('INVALID_REQUEST', 'the log of operations of a namespace is read task by task', {
    issues: [{ field: 'task', message: 'expected the id of a task' }],
  });
