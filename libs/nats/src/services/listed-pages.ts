import type { HistoryListReply, ListReply, ListRequest } from '@precedent/contract-types';
import { ENGINE_OPERATIONS, LIMITS } from '@precedent/contracts';
import { AppError, defined, hash53 } from '@precedent/kernel';
import type { OperationCall, OperationCalls, OperationTexts } from '@precedent/ports';

/** Where the history goes on, and which tasks the engine has shown: their ids as hashes, so that the cursor fits into a URL. */
interface ListPlace {
  readonly shown: readonly string[];
  readonly cursor?: string | undefined;
}

/** Tasks of the engine in one list: each has a part of the cursor. */
const SHOWN_MAX = 300;
const DELETED_MAX = 100;
const LISTED_DEFAULT = 100;

/**
 * The same calls, except that a list of tasks that was cut has a cursor. The pages behind it come from the history, the latest first, without the
 * tasks that the engine has shown: the engine's own order changes from moment to moment.
 */
export const listedPages = (calls: OperationTexts): OperationTexts => ({
  call: (call) => (isList(call) ? listed(calls, call) : calls.call(call)),
  text: async (call) => (isList(call) ? JSON.stringify(await listed(calls, call)) : calls.text(call)),
});

const isList = ({ group, verb }: OperationCall): boolean => group === 'task' && verb === 'list';

const listed = async (calls: OperationCalls, call: OperationCall): Promise<ListReply> => {
  const { cursor, ...filter } = call.request as ListRequest;
  if (cursor !== undefined) return pageOf(calls, { ...call, request: filter }, placeIn(cursor));
  const request = isLong(filter) ? { ...filter, limit: SHOWN_MAX } : filter;
  const reply = (await calls.call({ ...call, request })) as ListReply;
  if (!reply.truncated || reply.cursor !== undefined) return reply;
  const ids = [...reply.tasks.map(({ id }) => id), ...(reply.deleted ?? []).slice(-DELETED_MAX)];
  return { ...reply, cursor: listCursorOf({ shown: ids.map(mark) }) };
};

/** A limit that is none is refused by the engine. */
const isLong = ({ limit = 0 }: ListRequest): boolean => limit > SHOWN_MAX && limit <= LIMITS.listed;

/** A page may have fewer tasks than the limit: those that were shown before are left out. */
const pageOf = async (calls: OperationCalls, call: OperationCall, place: ListPlace): Promise<ListReply> => {
  const { type, limit = LISTED_DEFAULT, ...others } = call.request as ListRequest;
  const query = { ...others, limit, ...defined({ type: type && [type], cursor: place.cursor }) };
  const reply = (await calls.call({ ...call, group: 'history', request: query })) as HistoryListReply;
  const { cursor } = reply;
  const shown = new Set(place.shown);
  const tasks = reply.tasks.filter(({ id }) => !shown.has(mark(id)));
  const more = defined({ cursor: cursor && listCursorOf({ ...place, cursor }) });
  const page = { tasks, truncated: cursor !== undefined, source: 'history', ...more };
  return ENGINE_OPERATIONS.list.reply.parse(page);
};

const mark = (id: string): string => hash53(id).toString(36);

export const listCursorOf = ({ shown, cursor = '' }: ListPlace): string => `${shown.join('.')} ${cursor}`;

const placeIn = (text: string): ListPlace => {
  const [, shown, cursor] = /^([\da-z.]*) (.*)$/s.exec(text) ?? [];
  if (shown === undefined) throw refused();
  return { shown: shown.split('.'), cursor: cursor === '' ? undefined : cursor };
};

const refused = (): AppError =>
  new AppError('INVALID_REQUEST', 'cursor: it is of no earlier page', {
    issues: [{ field: 'cursor', message: 'it is of no earlier page' }],
  });
