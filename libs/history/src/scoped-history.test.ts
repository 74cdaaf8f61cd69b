import type { AccessScope } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { NamespaceHistory } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { scopedHistory } from './scoped-history.ts';

const SCOPE: AccessScope = { namespace: 'acme', projects: ['web'], clearances: [] };

/** A history with one task of each of three places; it records the requests. */
const aHistory = () => {
  const requests: object[] = [];
  const places: Record<string, object> = {
    own: { namespace: 'acme', project: 'web' },
    secret: { namespace: 'acme', project: 'pay' },
    labelled: { namespace: 'acme', project: 'web', security: 'secret' },
    foreign: { namespace: 'beta', project: 'web' },
  };
  const note = async (request: object): Promise<object> => {
    requests.push(request);
    return { total: 1, scope: { uncounted: 9, latest: 1 } };
  };
  let waits = 0;
  const get = async ({ id, waitMs }: { readonly id: string; readonly waitMs?: number }): Promise<object> => {
    // A history waits for what it does not have.
    if (waitMs !== undefined && places[id] === undefined) waits += 1;
    if (places[id] === undefined) throw new AppError('TASK_NOT_FOUND', `the history has no task ${id}`);
    return { task: { id, ...places[id] } };
  };
  const all = { get, list: note, search: note, stats: note, events: note, logs: note };
  return { requests, waits: () => waits, scoped: scopedHistory(all as unknown as NamespaceHistory, SCOPE) };
};

describe('the history of a scope', () => {
  it('has no task of another namespace or project, in the same words as for one that does not exist', async () => {
    const { scoped } = aHistory();
    expect(await scoped.get({ id: 'own' })).toMatchObject({ task: { id: 'own' } });
    for (const id of ['secret', 'labelled', 'foreign', 'nothing'])
      await expect(scoped.get({ id })).rejects.toThrow(`the history of namespace acme has no task ${id}`);
  });

  it('serves output and operations of its own tasks only', async () => {
    const { scoped, requests } = aHistory();
    await scoped.logs({ id: 'own' });
    await scoped.events({ task: 'own' });
    for (const id of ['secret', 'labelled', 'foreign']) {
      await expect(scoped.logs({ id })).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
      await expect(scoped.events({ task: id })).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    }
    expect(requests).toEqual([{ id: 'own' }, { task: 'own' }]);
  });

  it('waits for a task of others as for one that never was, so that the time of the answer says nothing', async () => {
    const { scoped, waits } = aHistory();
    for (const id of ['nothing', 'secret', 'labelled', 'foreign']) {
      const before = waits();
      await expect(scoped.logs({ id })).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
      expect([id, waits() - before]).toEqual([id, 1]);
    }
    await scoped.logs({ id: 'own' });
    expect(waits()).toBe(4);
  });

  it('refuses the log of all operations, and whole decisions', async () => {
    const { scoped } = aHistory();
    await expect(scoped.events({})).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(scoped.decisions({ task: 'own' })).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('lists, searches and counts within its namespace and projects, whatever the request says', async () => {
    const { scoped, requests } = aHistory();
    const within = { namespace: 'acme', projects: ['web'], cleared: { clearances: [] } };
    await scoped.list({ namespace: 'beta', projects: ['pay'] });
    await scoped.search({ text: 'x' });
    expect(await scoped.stats({})).toEqual({ total: 1, scope: { latest: 1 } });
    expect(requests).toEqual([within, { text: 'x', ...within }, within]);
  });
});
