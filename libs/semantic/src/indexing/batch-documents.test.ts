import { describe, expect, it } from 'vitest';
import type { TaskFacts } from '../facts.ts';
import { BatchDocuments } from './batch-documents.ts';
import { AsideList } from './set-aside.ts';

const aTask = (id: string, fails: boolean): TaskFacts => ({
  id,
  namespace: 'default',
  project: 'p',
  type: 'command',
  band: 'normal',
  submittedAt: 1,
  settledAt: 3,
  outcome: fails ? 'failed' : 'completed',
  attempts: [
    {
      n: 1,
      worker: 'w',
      startedAt: 2,
      endedAt: 3,
      outcome: fails ? 'failed' : 'completed',
      ...(fails && { error: { code: 'HANDLER_FAILED', message: `${id} broke` } }),
    },
  ],
});

const setup = (changed: readonly TaskFacts[], hidden: readonly string[] = []) => {
  const aside = new AsideList({ aside: [], seqOf: new Map([['bad', 7]]) });
  const none = { written: new Set<string>(), put: [], drop: [], deleted: [] };
  const standing = new Map([['ok', { count: 3, since: 0 }]]);
  const documents = new BatchDocuments({
    changes: { ...none, changed, hidden: new Set(hidden) },
    successes: { indexed: changed, standing, gone: new Map(), latest: [] },
    aside,
  });
  return { documents, aside };
};

const SPEC_AND_ATTEMPT = 2;
const FAILURE_AND_WINDOW = 2;

describe('BatchDocuments', () => {
  it('makes no documents of other tasks before the failures of the batch are there', () => {
    const { documents } = setup([aTask('ok', false), aTask('broken', true), aTask('fine', false)]);
    expect([...documents.failures()].flat().map(({ kind, text }) => [kind, text])).toEqual([
      ['failure', 'broken broke.'],
    ]);
    expect(documents.made).toBe(SPEC_AND_ATTEMPT + FAILURE_AND_WINDOW);
    const kinds = [...documents.others()].map(({ kind, payload }) => `${kind} of ${String(payload['task'])}`);
    expect(kinds.slice(0, 3)).toEqual(['spec of broken', 'attempt of broken', 'log_window of broken']);
    expect(kinds.slice(3)).toEqual(['spec of ok', 'attempt of ok', 'spec of fine', 'attempt of fine']);
    expect(documents.made).toBe(kinds.length + 1);
  });

  it('makes none of hidden tasks, and says for how many a success stands', () => {
    const { documents } = setup([aTask('ok', false), aTask('unseen', true)], ['unseen']);
    expect([[...documents.failures()], documents.tasks]).toEqual([[], 1]);
    const [spec] = documents.others();
    expect(spec?.payload).toMatchObject({ task: 'ok', count: 3, first_at: 0 });
  });

  it('sets a task aside whose documents cannot be made, with the entry of its last record', () => {
    const unreadable = { ...aTask('bad', true), project: undefined as unknown as string };
    Object.defineProperty(unreadable, 'labels', {
      enumerable: true,
      get: () => {
        throw new Error('no labels');
      },
    });
    const { documents, aside } = setup([unreadable, aTask('broken', true)]);
    expect([...documents.failures()].flat()).toHaveLength(1);
    expect(aside.all).toMatchObject([{ seq: 7, subject: 'task bad' }]);
  });
});
