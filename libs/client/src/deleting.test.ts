import type { DeleteReply } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { ErrorCode, ProblemExtras } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { deleteMerged } from './deleting.ts';
import type { HistoryClient } from './history.ts';

const BODY = { id: 'a', namespace: 'shop' };
const DONE: DeleteReply = { id: 'a', deleted: true };

/** An engine that deletes what somebody has seen in the history, and else answers with this error. */
const anEngine = (code: ErrorCode, extras: ProblemExtras = {}) => {
  const requested: unknown[] = [];
  const ask = async (verb: string, body: object): Promise<DeleteReply> => {
    requested.push([verb, body]);
    if (verb === 'delete') throw new AppError(code, 'refused by the engine', extras);
    return DONE;
  };
  return { requested, ask };
};

const historyOf = (answer: () => object): HistoryClient =>
  ({ get: async () => ({ task: answer() }) }) as unknown as HistoryClient;
const failing = (code: ErrorCode) =>
  historyOf(() => {
    throw new AppError(code, 'refused by the history');
  });

describe('deleting a task that the engine has forgotten', () => {
  const settled = { details: { settled: true } };

  it('is done when the history says that it is of the namespace', async () => {
    const { ask, requested } = anEngine('TASK_NOT_FOUND');
    expect(
      await deleteMerged(
        ask,
        historyOf(() => ({ namespace: 'shop' })),
        BODY,
      ),
    ).toEqual(DONE);
    expect(requested).toEqual([
      ['delete', BODY],
      ['deleteForgotten', BODY],
    ]);
  });

  it.each<[string, HistoryClient]>([
    ['is of another namespace', historyOf(() => ({ namespace: 'other' }))],
    ['is not in the history', failing('TASK_NOT_FOUND')],
    ['was never heard of, and there is no history', failing('HISTORY_UNAVAILABLE')],
  ])('is refused in the words of the engine when it %s', async (_, history) => {
    const { ask, requested } = anEngine('TASK_NOT_FOUND');
    await expect(deleteMerged(ask, history, BODY)).rejects.toThrow('refused by the engine');
    expect(requested).toHaveLength(1);
  });

  it('is refused when it was there, and no history can say whose it is', async () => {
    const { ask } = anEngine('TASK_NOT_FOUND', settled);
    await expect(deleteMerged(ask, failing('HISTORY_UNAVAILABLE'), BODY)).rejects.toMatchObject({
      code: 'HISTORY_UNAVAILABLE',
    });
  });

  it('does not ask the history about what is active', async () => {
    const never = historyOf(() => expect.unreachable());
    const { ask } = anEngine('TASK_ACTIVE');
    await expect(deleteMerged(ask, never, BODY)).rejects.toThrow('refused by the engine');
  });

  it('is done though somebody has said before that it is of another namespace', async () => {
    const { ask } = anEngine('TASK_NOT_FOUND', { details: { deleted: 'other' } });
    const history = historyOf(() => ({ namespace: 'shop' }));
    expect(await deleteMerged(ask, history, BODY)).toEqual(DONE);
  });
});
