import type { HistoryListReply, HistoryTaskView, ListReply, TaskView } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import type { HistoryClient } from './history.ts';
import { getMerged, listMerged } from './merged.ts';
import type { MergedHistory } from './merged.ts';

const aTask = (id: string, fields: Partial<TaskView> = {}): TaskView => ({
  id,
  namespace: 'default',
  project: 'shop',
  type: 'command',
  band: 'normal',
  pool: 'default',
  state: 'completed',
  attempt: 1,
  retries: 0,
  submittedAt: 1,
  ...fields,
});

const freshness = { seq: 1, lastSeq: 1, lagMs: 0, rebuilding: false };

/** A history with these tasks, the latest first, whose pages hold three at most. */
const aHistory = (ids: readonly string[], queries: object[] = []): HistoryClient =>
  ({
    get: async (id: string, options: object) => {
      queries.push(options);
      if (!ids.includes(id)) throw new AppError('TASK_NOT_FOUND', 'no');
      return { task: aTask(id), attempts: [], freshness };
    },
    list: async ({
      limit = 100,
      cursor = '0',
      ...filter
    }: {
      limit?: number;
      cursor?: string;
    }): Promise<HistoryListReply> => {
      queries.push(filter);
      const from = Number(cursor);
      const to = from + Math.min(3, limit);
      const tasks: HistoryTaskView[] = ids.slice(from, to).map((id) => aTask(id));
      return { tasks, freshness, ...(to < ids.length && { cursor: String(to) }) };
    },
  }) as unknown as HistoryClient;

const noHistory = {
  get: async () => Promise.reject(new AppError('HISTORY_UNAVAILABLE', 'no history')),
  list: async () => Promise.reject(new AppError('HISTORY_UNAVAILABLE', 'no history')),
} as unknown as HistoryClient;

const open = (client: HistoryClient): MergedHistory => ({ client, isCaller: false });

const forgotten = async (): Promise<TaskView> =>
  Promise.reject(new AppError('TASK_NOT_FOUND', 'gone', { details: { settled: true } }));
const unknown = async (): Promise<TaskView> => Promise.reject(new AppError('TASK_NOT_FOUND', 'no such'));

describe('one task of engine and history', () => {
  it('is the engine’s as long as it has it', async () => {
    const live = aTask('a', { state: 'running' });
    expect(await getMerged(async () => live, open(aHistory(['a'])), 'a')).toBe(live);
  });

  it('is the history’s when the engine has forgotten it; then it is worth waiting for', async () => {
    const queries: object[] = [];
    expect(await getMerged(forgotten, open(aHistory(['a'], queries)), 'a')).toMatchObject({ id: 'a' });
    expect(await getMerged(unknown, open(aHistory(['a'], queries)), 'a')).toMatchObject({ id: 'a' });
    expect(queries).toEqual([{ waitMs: 3_000 }, { waitMs: 0 }]);
  });

  it('is not found when neither has it, in the words of the engine', async () => {
    await expect(getMerged(forgotten, open(aHistory([])), 'a')).rejects.toThrow('gone');
    await expect(getMerged(unknown, open(noHistory), 'a')).rejects.toThrow('no such');
  });

  it('is not found once the engine says that it was deleted, however late the history is', async () => {
    const deletedFrom = (namespace: string) => async (): Promise<TaskView> =>
      Promise.reject(new AppError('TASK_NOT_FOUND', 'deleted', { details: { deleted: namespace } }));
    await expect(getMerged(deletedFrom('default'), open(aHistory(['a'])), 'a')).rejects.toThrow('deleted');
    expect(await getMerged(deletedFrom('other'), open(aHistory(['a'])), 'a')).toMatchObject({ id: 'a' });
  });

  it('is any other error of the engine’s without asking further', async () => {
    const down = async (): Promise<TaskView> => Promise.reject(new AppError('ENGINE_UNREACHABLE', 'down'));
    await expect(getMerged(down, open(aHistory(['a'])), 'a')).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
    });
  });
});

describe('a list of engine and history', () => {
  const engine =
    (...ids: string[]) =>
    async (): Promise<ListReply> => ({ tasks: ids.map((id) => aTask(id)), truncated: false });

  const allPages = async (live: string[], stored: string[], limit: number): Promise<string[][]> => {
    const pages: string[][] = [];
    let cursor: string | undefined;
    do {
      const ask = async (): Promise<ListReply> => ({
        tasks: live.slice(0, limit).map((id) => aTask(id)),
        truncated: live.length > limit,
      });
      const page = await listMerged(ask, aHistory(stored), {
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      pages.push(page.tasks.map(({ id }) => id));
      ({ cursor } = page);
    } while (cursor !== undefined);
    return pages;
  };

  it('has the engine’s first, and none twice', async () => {
    expect(await allPages(['r', 'd'], ['r', 'd', 'c', 'b', 'a'], 10)).toEqual([['r', 'd', 'c', 'b', 'a']]);
  });

  it('goes on page by page, wherever the engine’s part ends', async () => {
    const stored = Array.from({ length: 17 }, (_, n) => `t${16 - n}`);
    for (let limit = 1; limit <= 18; limit++) {
      for (const live of [[], ['t16'], ['t3', 't16', 't9'], stored.slice(0, 6)]) {
        const pages = await allPages(live, stored, limit);
        expect(pages.flat().toSorted()).toEqual(stored.toSorted());
        expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
      }
    }
  });

  it('leaves out on every page what was deleted a moment ago, and says nothing of it', async () => {
    const ask = async (): Promise<ListReply> => ({ ...(await engine('e')()), deleted: ['d', 'a'] });
    const history = aHistory(['e', 'd', 'c', 'b', 'a']);
    const first = await listMerged(ask, history, { limit: 2 });
    const { cursor = '' } = first;
    const second = await listMerged(ask, history, { limit: 2, cursor });
    expect([first, second].map(({ tasks }) => tasks.map(({ id }) => id))).toEqual([['e', 'c'], ['b']]);
    expect(first).not.toHaveProperty('deleted');
  });

  it('asks the history for the same', async () => {
    const queries: object[] = [];
    await listMerged(engine(), aHistory([], queries), {
      state: ['failed'],
      band: ['low'],
      type: 'x',
      project: 'p',
    });
    expect(queries).toEqual([{ state: ['failed'], band: ['low'], type: ['x'], project: 'p' }]);
  });

  it('is the engine’s, with a note, when there is no history', async () => {
    const reply = await listMerged(engine('a'), noHistory, {});
    expect(reply).toEqual({
      tasks: [aTask('a')],
      truncated: false,
      partial: 'older tasks are missing: no history',
    });
    expect((await listMerged(engine('a'), noHistory, { limit: 1 })).cursor).toBeUndefined();
  });

  it('refuses what is no cursor, and says that there is no history for the next page', async () => {
    await expect(listMerged(engine(), aHistory([]), { cursor: '%' })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
    });
    const cursor = btoa('[[]]').replaceAll('=', '');
    await expect(listMerged(engine(), noHistory, { cursor })).rejects.toMatchObject({
      code: 'HISTORY_UNAVAILABLE',
    });
  });
});
