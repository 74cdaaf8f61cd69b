import type { OperationCall, OperationTexts } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { listedPages } from './listed-pages.ts';

const aTask = (id: string) => ({
  id,
  namespace: 'acme',
  project: 'web',
  type: 'work',
  band: 'normal',
  pool: 'default',
  state: 'queued',
  attempt: 0,
  retries: 0,
  submittedAt: 1,
});

/** An engine that lists tasks in its order, and a history that has all of them, the latest first. */
const setup = (count: number) => {
  const requests: OperationCall[] = [];
  const ids = Array.from({ length: count }, (_, n) => `t${n}`);
  const call = async (request: OperationCall): Promise<unknown> => {
    requests.push(request);
    const { limit = 100, cursor } = request.request as { limit?: number; cursor?: string };
    if (request.group === 'task')
      return Promise.resolve({ tasks: ids.slice(0, limit).map(aTask), truncated: limit < count });
    const from = Number(cursor ?? 0);
    const tasks = ids.toReversed().slice(from, from + limit);
    return Promise.resolve({
      tasks: tasks.map(aTask),
      ...(from + limit < count && { cursor: String(from + limit) }),
    });
  };
  const services: OperationTexts = { call, text: async (one) => JSON.stringify(await call(one)) };
  const calls = listedPages(services);
  const page = async (request: object) =>
    JSON.parse(await calls.text({ group: 'task', verb: 'list', request })) as {
      tasks: readonly { id: string }[];
      cursor?: string;
    };
  return { page, requests, ids };
};

describe('the pages of a list of tasks', () => {
  it('hold each task once, those of the engine first', async () => {
    const { page, ids, requests } = setup(25);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const reply = await page({ type: 'work', limit: 4, ...(cursor !== undefined && { cursor }) });
      seen.push(...reply.tasks.map(({ id }) => id));
      ({ cursor } = reply);
    } while (cursor !== undefined);
    expect(seen.slice(0, 4)).toEqual(ids.slice(0, 4));
    expect(seen.toSorted()).toEqual(ids.toSorted());
    expect(requests.at(-1)).toMatchObject({ group: 'history', verb: 'list', request: { type: ['work'] } });
  });

  it('end with the first one where that has all tasks', async () => {
    const { page } = setup(3);
    expect(await page({ limit: 4 })).not.toHaveProperty('cursor');
  });

  it('leave a limit that is none to the engine to refuse', async () => {
    const { page, requests } = setup(3);
    await page({ limit: 1_001 });
    await page({ limit: 1_000 });
    expect(requests.map(({ request }) => request)).toEqual([{ limit: 1_001 }, { limit: 300 }]);
  });

  it('are refused behind a cursor that is none', async () => {
    const { page } = setup(3);
    await expect(page({ cursor: 'X' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
  });
});
