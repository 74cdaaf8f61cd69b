import type { Client, TaskView } from '@precedent/client';
import { isAppError, problemOf } from '@precedent/kernel';
import type { ReembedTasks, ReembedTaskState } from '@precedent/semantic';

/** Of one attempt: a large collection takes hours on a busy machine. */
const DAY_MS = 86_400_000;
const OWN = { project: 'precedent', name: 're-embed the semantic history' } as const;

/**
 * Tasks of the engine, in the low band: whoever submits anything else goes first. In the namespace of most tasks, because nobody is
 * preempted for another tenant's work.
 */
export const reembedTasks = (client: Pick<Client, 'submit' | 'get'>, namespace: string): ReembedTasks => {
  const ids = new Map<string, string>();
  const idOf = async (key: string, payload: object): Promise<string> => {
    const known = ids.get(key);
    if (known !== undefined) return known;
    const terms = { band: 'low', idempotencyKey: key, timeouts: { attempt: DAY_MS } } as const;
    const spec = { namespace, ...OWN, ...terms, type: 'vectors.reembed', payload: { ...payload } };
    const { id } = await client.submit(spec, { door: 'ask' });
    ids.set(key, id);
    return id;
  };
  return {
    submit: async (key, { from, to, model }) => {
      try {
        return standingOf(await client.get(await idOf(key, { from, to, model })));
      } catch (error) {
        ids.delete(key);
        if (!isAppError(error) || error.code !== 'TASK_NOT_FOUND') throw error;
        return { state: 'failed', problem: problemOf(error) };
      }
    },
  };
};

const standingOf = ({ id, state, error }: TaskView): ReembedTaskState => {
  if (state === 'completed') return { state };
  if (state === 'failed' || state === 'timed_out' || state === 'cancelled' || state === 'rejected') {
    const { code, message } = error ?? problemOf(new Error(`it is ${state}`));
    return { state: 'failed', problem: { code, message: `task ${id}: ${message}` } };
  }
  return { state: 'open' };
};
