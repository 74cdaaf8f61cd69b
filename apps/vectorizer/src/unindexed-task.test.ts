import type { Client } from '@precedent/client';
import { AppError } from '@precedent/kernel';
import { inputFacts, querySubjectOf } from '@precedent/semantic';
import type { TaskFacts } from '@precedent/semantic';
import { expect, it } from 'vitest';
import { unindexedTask } from './unindexed-task.ts';

type Reply = Awaited<ReturnType<Client['history']['get']>>;

const TASK = { namespace: 'acme', project: 'p', type: 'import', band: 'low', pool: 'default' } as const;
const INPUT = { name: 'import of 12 files', command: 'run', args: ['--all'], payload: { rows: 12 } };
const OPEN: TaskFacts = { ...TASK, id: 'open', attempts: [], submittedAt: 1 };

const history = (state: Reply['task']['state']): Pick<Client['history'], 'get'> => ({
  get: async (id) => {
    if (id !== 'old') throw new AppError('TASK_NOT_FOUND', 'no such task');
    const task = { ...TASK, ...INPUT, id, state, attempt: 1, retries: 0, submittedAt: 1, settledAt: 2 };
    return { task, attempts: [], freshness: { seq: 1, lastSeq: 1, lagMs: 0, rebuilding: false } };
  },
});
const indexer = () => ({ openTask: (id: string) => (id === 'open' ? OPEN : undefined) });

it('has a completed task from the history as the index would have it', async () => {
  const facts = await unindexedTask(indexer, history('completed'))('old');
  const expected = { ...TASK, ...inputFacts(INPUT, 'old'), id: 'old', attempts: [], submittedAt: 1 };
  expect(facts && querySubjectOf(facts)).toEqual({
    ...querySubjectOf(expected),
    // Values of the environment may differ.
    exactSpec: expect.any(String) as string,
  });
  expect(facts?.outcome).toBe('completed');
});

it('has open tasks from the indexer, and no others', async () => {
  expect(await unindexedTask(indexer, history('completed'))('open')).toBe(OPEN);
  expect(await unindexedTask(indexer, history('failed'))('old')).toBeUndefined();
  expect(await unindexedTask(indexer, history('completed'))('never')).toBeUndefined();
});
