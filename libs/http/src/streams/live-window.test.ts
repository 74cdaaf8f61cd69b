import type { ListReply, ListRequest, TaskView } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { LIVE_WINDOWS, windowTasks } from './live-window.ts';

const aTask = (id: string, more: Partial<TaskView>): TaskView =>
  ({ id, band: 'normal', state: 'running', submittedAt: 1, ...more }) as TaskView;

/** An engine with these tasks, in the order in which it lists them. */
const setup = (...all: readonly TaskView[]) => {
  const requests: ListRequest[] = [];
  const list = async (request: ListRequest): Promise<ListReply> => {
    requests.push(request);
    const { state, band, limit = 100 } = request;
    const found = all.filter(
      (task) => (state?.includes(task.state) ?? true) && (band?.includes(task.band) ?? true),
    );
    return Promise.resolve({ tasks: found.slice(0, limit), truncated: found.length > limit });
  };
  const shown = async (name: keyof typeof LIVE_WINDOWS | undefined, request: object = {}) => {
    const reply = await windowTasks(list, { limit: 10, ...request }, name && LIVE_WINDOWS[name]);
    return { ...reply, tasks: reply.tasks.map(({ id }) => id) };
  };
  return { requests, shown };
};

describe('a window of tasks', () => {
  it('has the most urgent first, and in a band what has run for the longest time', async () => {
    const { shown } = setup(
      aTask('a', { startedAt: 3 }),
      aTask('b', { band: 'critical', startedAt: 9 }),
      aTask('c', { startedAt: 2 }),
      aTask('d', { state: 'completed', settledAt: 5 }),
    );
    expect(await shown('running')).toEqual({ tasks: ['b', 'c', 'a'], truncated: false });
    expect(await shown('settled')).toEqual({ tasks: ['d'], truncated: false });
  });

  it('has the tasks of the most urgent bands where there is no room for all', async () => {
    const low = Array.from({ length: 20 }, (_, n) => aTask(`low${n}`, { band: 'low', state: 'queued' }));
    const { shown, requests } = setup(
      ...low,
      aTask('urgent', { band: 'critical', state: 'queued', submittedAt: 7 }),
      aTask('early', { band: 'high', state: 'retrying', submittedAt: 2, startedAt: 8 }),
      aTask('late', { band: 'high', state: 'queued', submittedAt: 3 }),
    );
    const { tasks, truncated } = await shown('waiting', { limit: 4 });
    expect([tasks, truncated]).toEqual([['urgent', 'early', 'late', 'low0'], true]);
    expect(requests.every(({ limit = 0 }) => limit <= 4)).toBe(true);
    expect((await shown('waiting', { limit: 4, band: ['low'] })).tasks).toHaveLength(4);
  });

  it('is what the engine lists where none is named', async () => {
    const { shown, requests } = setup(aTask('a', {}), aTask('b', { band: 'critical' }));
    expect((await shown(undefined, { type: 'x' })).tasks).toEqual(['a', 'b']);
    expect(requests).toEqual([{ limit: 10, type: 'x' }]);
  });
});
