import { LIMITS } from '@precedent/contracts';
import type { DecisionView, ListReply, ListRequest, TaskView, WhyView } from '@precedent/contract-types';
import { AppError, cutGraphemes, isAppError, messageOf } from '@precedent/kernel';
import { deletedIn, isWithout } from './deleting.ts';
import type { HistoryClient } from './history.ts';

/** How long a history may take to learn of a verdict that the engine has forgotten already. Milliseconds. */
const CATCH_UP_MS = 3_000;
/** As many as the engine gives when no limit is named. */
const LISTED_DEFAULT = 100;

export interface MergedHistory {
  readonly client: HistoryClient;
  /** An engine says nothing to a caller with a credential of what it has forgotten. */
  readonly isCaller: boolean;
}

/**
 * The task as the engine shows it, or, when it does not have it any more, as the history does. Throws TASK_NOT_FOUND, also when the
 * history has not read the verdict in time.
 */
export const getMerged = async (
  ask: () => Promise<TaskView>,
  history: MergedHistory,
  id: string,
): Promise<TaskView> => {
  try {
    return await ask();
  } catch (error) {
    if (!isAppError(error) || error.code !== 'TASK_NOT_FOUND') throw error;
    // It was settled recently: its verdict is in the journal, and the history may be about to read it.
    const wasSettled = history.isCaller || error.extras.details?.['settled'] === true;
    const found = await fromHistory(history.client, id, wasSettled ? CATCH_UP_MS : 0);
    if (found === undefined || found.namespace === deletedIn(error)) throw error;
    return found;
  }
};

/**
 * Why a task is where it is, as the engine explains it, or, when it does not have the task any more, how it ended, with the decisions
 * that the history has. Throws TASK_NOT_FOUND.
 */
export const whyMerged = async (
  ask: () => Promise<WhyView>,
  history: MergedHistory,
  id: string,
): Promise<WhyView> => {
  try {
    return await ask();
  } catch (error) {
    const task = await getMerged(() => Promise.reject(error), history, id);
    const decisions = await decisionsAbout(history.client, id);
    const own = decisions.filter((one) => one.task === id);
    return {
      task,
      reasons: [`it is ${task.state}${task.error ? `: ${task.error.message}` : ''}`],
      preemptedBy: decisions.filter(({ victims }) => victims.includes(id)),
      displaced: own.filter(({ victims }) => victims.length > 0),
      decisions: own,
    };
  }
};

/** Whole decisions are for callers who may see all of the cell. */
const decisionsAbout = async (history: HistoryClient, task: string): Promise<readonly DecisionView[]> => {
  try {
    return (await history.decisions({ task })).decisions;
  } catch (error) {
    if (isAppError(error) && error.code === 'FORBIDDEN') return [];
    throw error;
  }
};

const fromHistory = async (
  history: HistoryClient,
  id: string,
  waitMs: number,
): Promise<TaskView | undefined> => {
  try {
    return (await history.get(id, { waitMs })).task;
  } catch (error) {
    if (isWithout(error) || (isAppError(error) && error.code === 'TASK_NOT_FOUND')) return undefined;
    throw error;
  }
};

/** Tasks of engine and history together. */
export interface MergedList extends ListReply {
  /** For the next page, with the same filter. Absent: this was the last one, or nothing can be said of more. */
  readonly cursor?: string;
  /** Why tasks that the engine has forgotten are not among them. */
  readonly partial?: string;
}

export interface MergedRequest extends ListRequest {
  readonly cursor?: string | undefined;
}

/** Where the history's part goes on, and which of its tasks were in the engine's part, or were deleted a moment ago. */
interface Place {
  readonly cursor?: string | undefined;
  readonly shown: readonly string[];
}

/**
 * The engine's tasks first, as it orders them; then those of the history, the latest first, without those that were there already.
 * Without a history it is the engine's answer, with a note that says so.
 */
export const listMerged = async (
  ask: (request: ListRequest) => Promise<ListReply>,
  history: HistoryClient,
  { cursor, ...request }: MergedRequest,
): Promise<MergedList> => {
  const limit = request.limit ?? LISTED_DEFAULT;
  if (cursor !== undefined) return pageOf(history, { ...request, limit }, placeIn(cursor));
  const { deleted = [], ...live } = await ask(request);
  const place: Place = { shown: [...live.tasks.map(({ id }) => id), ...deleted] };
  if (live.tasks.length >= limit) return withPlace(live, history, place);
  try {
    const more = await pageOf(history, { ...request, limit: limit - live.tasks.length }, place);
    return { ...more, tasks: [...live.tasks, ...more.tasks] };
  } catch (error) {
    if (!isWithout(error)) throw error;
    return { ...live, partial: partialNote(error) };
  }
};

const partialNote = (error: unknown): string => `older tasks are missing: ${messageOf(error)}`;

/** A full page of the engine's: whether there is more is known only when there is a history. */
const withPlace = async (live: ListReply, history: HistoryClient, place: Place): Promise<MergedList> => {
  try {
    await history.list({ limit: 1 });
    return { tasks: live.tasks, truncated: true, cursor: cursorOf(place) };
  } catch (error) {
    if (!isWithout(error)) throw error;
    return { ...live, partial: partialNote(error) };
  }
};

type Page = ListRequest & { readonly limit: number };

const pageOf = async (history: HistoryClient, request: Page, place: Place): Promise<MergedList> => {
  const shown = new Set(place.shown);
  const tasks: TaskView[] = [];
  let { cursor } = place;
  do {
    const reply = await history.list(queryOf(request, request.limit - tasks.length, cursor));
    tasks.push(...reply.tasks.filter(({ id }) => !shown.has(id)));
    ({ cursor } = reply);
  } while (cursor !== undefined && tasks.length < request.limit);
  const more = cursor === undefined ? {} : { cursor: cursorOf({ ...place, cursor }) };
  return { tasks, truncated: cursor !== undefined, ...more };
};

const queryOf = ({ state, band, type, ...others }: Page, limit: number, cursor: string | undefined) => ({
  ...others,
  ...(state?.length && { state: [...new Set(state)] }),
  ...(band?.length && { band: [...new Set(band)] }),
  ...(type !== undefined && { type: [type] }),
  ...(cursor !== undefined && { cursor }),
  limit: Math.min(limit, LIMITS.listed),
});

const cursorOf = ({ cursor, shown }: Place): string =>
  base64(JSON.stringify(cursor === undefined ? [shown] : [shown, cursor]));

const placeIn = (text: string): Place => {
  try {
    const [shown, cursor] = JSON.parse(fromBase64(text)) as unknown[];
    if (Array.isArray(shown) && (cursor === undefined || typeof cursor === 'string')) {
      return { shown: shown.map(String), cursor };
    }
  } catch {
    // Refused below.
  }
  throw new AppError('INVALID_REQUEST', `"${cutGraphemes(text, 40)}" is no cursor of an earlier page`);
};

/** Ids and cursors are ASCII, and a browser has nothing but these two. */
const base64 = (text: string): string =>
  btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const fromBase64 = (text: string): string => atob(text.replaceAll('-', '+').replaceAll('_', '/'));
