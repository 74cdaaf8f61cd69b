import type { Client, TaskView } from '@precedent/client';
import { isAppError, problemOf } from '@precedent/kernel';
import type { ReembedTasks, ReembedTaskState } from '@precedent/semantic';

/** The timeout of one attempt: a large collection takes hours on a busy machine. */
const ATTEMPT_TIMEOUT_MS = 86_400_000;
const TITLE = { project: 'precedent', name: 're-embed the semantic history' } as const;

/**
 * Submits re-embedding tasks in the low band, so that other tasks run first, and in the namespace of most tasks, because tasks are not
 * preempted for another tenant's task.
 */
export const reembedTasks = (client: Pick<Client, 'submit' | 'get'>, namespace: string): ReembedTasks => {
  const ids = new Map<string, string>();
  const idOf = async (key: string, payload: object): Promise<string> => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const options = { band: 'low', idempotencyKey: key, timeouts: { attempt: ATTEMPT_TIMEOUT_MS } } as const;
    const spec = { namespace, ...TITLE, ...options, type: 'vectors.reembed', payload: { ...payload } };
    const { id } = await client.submit(spec, { door: 'ask' });
    ids.set(key, id);
    return id;
  };
  return {
    submit: async (key, { from, to, model }) => {
      try {
        return taskStateOf(await client.get(await idOf(key, { from, to, model })));
      } catch (error) {
        ids.delete(key);
        if (!isAppError(error) || error.code !== 'TASK_NOT_FOUND') throw error;
        return { state: 'failed', problem: problemOf(error) };
      }
    },
  };
};

const taskStateOf = ({ id, state, error }: TaskView): ReembedTaskState => {
  if (state === 'completed') return { state };
  if (state === 'failed' || state === 'timed_out' || state === 'cancelled' || state === 'rejected') {
    const { code, message } = error ?? problemOf(new Error(`it is ${state}`));
    return { state: 'failed', problem: { code, message: `task ${id}: ${message}` } };
  }
  return { state: 'open' };
};
