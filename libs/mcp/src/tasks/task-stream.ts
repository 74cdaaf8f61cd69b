import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
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

/** Tasks that one stream is about; more of them are not agreed to. */
const TASKS_MAX = 32;

/**
 * The answer to a request to hear of tasks: server-sent events with each change, until the last of the tasks has its verdict. Those
 * that the caller may not see are not agreed to.
 */
export const taskStream = async (
  listen: TaskListen,
  context: ToolContext,
  source: TaskSource,
): Promise<Response> => {
  if (!declaresTasks(listen.meta)) return undeclared(listen);
  const followed = await agreed(listen.taskIds.slice(0, TASKS_MAX), context, source);
  const frames = framesOf(listen, followed, source);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const { done, value } = await frames.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => void frames.return(undefined),
  });
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' },
  });
};

const undeclared = ({ id }: TaskListen): Response => {
  const { code, message, data } = missingTasks();
  return Response.json({ jsonrpc: '2.0', id, error: { code, message, data } }, { status: 400 });
};

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

/** A comment keeps the connection open where nothing changes. */
const KEEP_ALIVE = ': keepalive\n\n';

async function* framesOf(
  { id }: TaskListen,
  followed: readonly Followed[],
  source: TaskSource,
): AsyncGenerator<string> {
  const about = { [SUBSCRIPTION_ID_META_KEY]: id };
  const notification = (method: string, params: object): string =>
    frame({ jsonrpc: '2.0', method: `notifications/${method}`, params: { ...params, _meta: about } });
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
    yield KEEP_ALIVE;
  }
  yield frame({ jsonrpc: '2.0', id, result: { resultType: 'complete', _meta: about } });
}

const POLL_MAX_MS = 10_000;

const frame = (message: object): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`;

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
  for (const wait of waits) void wait.then(resolve, () => undefined);
  await promise;
  timer.cancel();
};
