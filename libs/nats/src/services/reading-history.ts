import type {
  HistoryGetReply,
  HistoryListReply,
  ListReply,
  ListRequest,
  TaskView,
} from '@precedent/contract-types';
import { ENGINE_OPERATIONS } from '@precedent/contracts';
import { defined, isAppError } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import type { OperationCall, OperationCalls, OperationTexts } from '@precedent/ports';
import { listCursorOf } from './listed-pages.ts';

/**
 * The same calls, except that reads of tasks are answered by the history where the engine is away or has forgotten the task. The reply then says
 * `source: 'history'`. Where the history does not answer either, the error of the engine holds.
 */
export const readingHistory = (calls: OperationTexts): OperationTexts => ({
  call: (call) => calls.call(call).catch((error: unknown) => readInstead(calls, call, error)),
  text: (call) =>
    calls.text(call).catch(async (error: unknown) => JSON.stringify(await readInstead(calls, call, error))),
});

/** Rejects with the error of the engine where the history does not answer. */
const readInstead = async (calls: OperationCalls, call: OperationCall, error: unknown): Promise<unknown> => {
  const read = readIn(call, isAppError(error) ? error.code : undefined);
  if (read === undefined) throw error;
  return read(calls).catch(() => Promise.reject(error as Error));
};

type Read = (calls: OperationCalls) => Promise<unknown>;

const readIn = (call: OperationCall, code: ErrorCode | undefined): Read | undefined => {
  const isAway = code === 'ENGINE_NOT_RUNNING';
  if (call.group !== 'task') return undefined;
  if (call.verb === 'get' && (isAway || code === 'TASK_NOT_FOUND')) return (calls) => taskIn(calls, call);
  return call.verb === 'list' && isAway ? (calls) => listIn(calls, call) : undefined;
};

/** Without the fields that only the history shows: readers know those of the engine as written by tasks, or not. */
const taskIn = async (calls: OperationCalls, call: OperationCall): Promise<TaskView> => {
  const { task } = (await calls.call({ ...call, group: 'history' })) as HistoryGetReply;
  return ENGINE_OPERATIONS.get.reply.parse({ ...task, source: 'history' });
};

const listIn = async (calls: OperationCalls, call: OperationCall): Promise<ListReply> => {
  const { type, ...others } = call.request as ListRequest;
  const request = { ...others, ...defined({ type: type === undefined ? undefined : [type] }) };
  const reply = (await calls.call({ ...call, group: 'history', request })) as HistoryListReply;
  const { tasks, cursor } = reply;
  const more = defined({ cursor: cursor && listCursorOf({ shown: [], cursor }) });
  const page = { tasks, truncated: cursor !== undefined, source: 'history', ...more };
  return ENGINE_OPERATIONS.list.reply.parse(page);
};
