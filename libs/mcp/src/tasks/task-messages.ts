import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { isOutage, startTimer } from '@precedent/kernel';
import type { ToolContext } from '../tool-context.ts';
import { declaresTasks, missingTasks } from './declared.ts';
import type { TaskRef } from './handle.ts';
import type { TaskListen } from './listen-request.ts';
import { openHandle } from './task-access.ts';
import { taskFields } from './task-methods.ts';
import type { DetailedState, TaskSource } from './task-source.ts';

interface Followed {
  readonly taskId: string;
  readonly ref: TaskRef;
}

/** Tasks that one subscription is about; more of them are not agreed to. */
const TASKS_MAX = 32;

/** The refusal of a client that did not declare the extension. */
export const undeclaredListen = ({ id, meta }: TaskListen): JSONRPCMessage | undefined => {
  if (declaresTasks(meta)) return undefined;
  const { code, message, data } = missingTasks();
  return { jsonrpc: '2.0', id, error: { code, message, data } };
};

/**
 * What a client that listens to tasks is sent: each change, until the last of the tasks has its verdict, and `undefined` where nothing has
 * changed for a while. Those that the caller may not see are not agreed to.
 */
export async function* taskMessages(
  { id, taskIds }: TaskListen,
  context: ToolContext,
  source: TaskSource,
): AsyncGenerator<JSONRPCMessage | undefined> {
  const followed = await agreed(taskIds.slice(0, TASKS_MAX), context, source);
  const about = { [SUBSCRIPTION_ID_META_KEY]: id };
  const notification = (method: string, params: object): JSONRPCMessage => ({
    jsonrpc: '2.0',
    method: `notifications/${method}`,
    params: { ...params, _meta: about },
  });
  const notifications = { taskIds: followed.map(({ taskId }) => taskId) };
  yield notification('subscriptions/acknowledged', { notifications });
  const open = new Map(followed.map((one) => [one.taskId, { ...one, last: '' }]));
  while (open.size > 0) {
    const states = await Promise.all([...open.values()].map((one) => stateIn(one, source)));
    let pollMs = Infinity;
    for (const { one, state } of states) {
      if (state === 'gone') open.delete(one.taskId);
      if (typeof state === 'string') continue;
      pollMs = Math.min(pollMs, state.state.pollIntervalMs);
      const text = JSON.stringify({ ...state, state: { ...state.state, ttlMs: 0, pollIntervalMs: 0 } });
      if (text !== one.last) yield notification('tasks', taskFields(one.taskId, state));
      one.last = text;
      if (isOver(state)) open.delete(one.taskId);
    }
    if (open.size === 0) break;
    await changeIn([...open.values()], source, Math.min(pollMs, POLL_MAX_MS));
    yield undefined;
  }
  yield { jsonrpc: '2.0', id, result: { resultType: 'complete', _meta: about } };
}

const agreed = async (
  taskIds: readonly string[],
  context: ToolContext,
  source: TaskSource,
): Promise<Followed[]> => {
  const found = taskIds.map(async (taskId): Promise<Followed | undefined> => {
    try {
      const ref = openHandle(taskId, context);
      await source.get(ref);
      return { taskId, ref };
    } catch {
      return undefined;
    }
  });
  return (await Promise.all(found)).filter((one) => one !== undefined);
};

const POLL_MAX_MS = 10_000;

const isOver = ({ state: { status } }: DetailedState): boolean =>
  status === 'completed' || status === 'failed' || status === 'cancelled';

const stateIn = async <T extends Followed>(one: T, source: TaskSource) => {
  try {
    return { one, state: await source.get(one.ref) };
  } catch (error) {
    return { one, state: isOutage(error) ? ('unknown' as const) : ('gone' as const) };
  }
};

/** Resolves at the first verdict, or after `ms`; an outage is waited for as well. */
const changeIn = async (open: readonly Followed[], source: TaskSource, ms: number): Promise<void> => {
  const waits = open.map(({ ref }) => source.settled(ref, ms));
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = startTimer(ms, resolve);
  // A program whose host has gone does not wait for it.
  timer.unref();
  for (const wait of waits) void wait.then(resolve, () => undefined);
  await promise;
  timer.cancel();
};
