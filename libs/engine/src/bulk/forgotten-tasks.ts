import type { HistoryListReply, HistoryListRequest, HistoryTaskView } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import type { SelectedTasks, SettledTasks, TaskSelection } from '@precedent/ports';

/** Tasks of one answer of the history; of those with large results fewer fit into one. */
const PAGE = 500;

/**
 * Adds the settled tasks that the engine has forgotten. Nothing but a deletion changes a task after its verdict, so those with a verdict up to the
 * time of the first answer are the set at its position, however long it takes to read them.
 */
export const withForgotten = async (
  known: SelectedTasks,
  settled: SettledTasks,
  { filter, mayAct, idsMax, sampleMax }: TaskSelection,
): Promise<SelectedTasks> => {
  const ids = new Set(known.ids);
  const isNamed = namedBy(filter);
  const sample = [...known.sample];
  for await (const { tasks } of pagesOf(settled, requestOf(filter))) {
    for (const task of tasks) {
      const { id, settledAt = Number.POSITIVE_INFINITY } = task;
      if (settledAt > known.at || ids.has(id) || !isNamed(task) || !mayAct(task)) continue;
      ids.add(id);
      if (sample.length < sampleMax) sample.push(task);
    }
    if (ids.size > idsMax) break;
  }
  return { ...known, ids: [...ids], count: Math.max(known.count, ids.size), sample };
};

/** What the history does not look for. */
const namedBy = ({ ids, errorCode }: TaskSelection['filter']): ((task: HistoryTaskView) => boolean) => {
  const wanted = ids && new Set(ids);
  return ({ id, error }) =>
    (wanted === undefined || wanted.has(id)) &&
    (errorCode === undefined || errorCode.includes(error?.code ?? ''));
};

const requestOf = (filter: TaskSelection['filter']): HistoryListRequest => {
  const { type, state, band, ids: _, errorCode: __, ...others } = filter;
  return {
    ...others,
    ...(type && { type: [...type] }),
    ...(state && { state: [...state] }),
    ...(band && { band: [...band] }),
  };
};

const pagesOf = async function* (
  settled: SettledTasks,
  request: HistoryListRequest,
): AsyncGenerator<HistoryListReply> {
  let cursor: string | undefined;
  let limit = PAGE;
  for (;;) {
    const page = await pageOf(settled, { ...request, limit, cursor });
    if (page === undefined) limit = Math.ceil(limit / 4);
    else {
      yield page;
      cursor = page.cursor;
      if (cursor === undefined) return;
    }
  }
};

/** `undefined`: the answer would be too large for one message. */
const pageOf = async (
  settled: SettledTasks,
  request: HistoryListRequest,
): Promise<HistoryListReply | undefined> => {
  try {
    return await settled.list(request);
  } catch (error) {
    if (isAppError(error) && error.code === 'INVALID_REQUEST' && request.limit !== 1) return undefined;
    throw error;
  }
};
