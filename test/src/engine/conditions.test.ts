import { describe, expect, it } from 'vitest';
import { aSource, behind, on, refusal } from './depending.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const ended = async (w: World, result: unknown): Promise<void> => {
  const worker = await w.worker({ worker: 'of-a', types: ['of-a'] });
  await worker.complete('a', result);
};

const when = (condition: string) => ({ task: 'a', when: condition });

describe('a dependency with a condition', () => {
  it('is met when the condition holds, and its record says what was read', async () => {
    const w = await world();
    await w.submit(aSource('a'), aTask({ id: 'b', ...behind(when('result.score >= 0.5')) }));
    await ended(w, { score: 0.7 });
    expect(await w.stateOf('b')).toBe('queued');
    expect(w.records()).toContainEqual(
      expect.objectContaining({ kind: 'edge', id: 'b', edge: 0, met: true, read: { 'result.score': '0.7' } }),
    );
  });

  it('is lost when the condition does not hold, and the merge behind the branches runs', async () => {
    const w = await world();
    await w.submit(
      aSource('a'),
      aTask({ id: 'good', ...behind(when('result.score >= 0.5')) }),
      aTask({ id: 'bad', ...behind(when('result.score < 0.5')) }),
      aTask({ id: 'worse', ...behind('bad') }),
      aTask({ id: 'merge', type: 'merge', ...behind(on('good', 'ok'), on('worse', 'ok')) }),
    );
    await ended(w, { score: 0.7 });
    expect(await w.get('bad')).toMatchObject({
      state: 'skipped',
      error: {
        message: 'its condition on task a does not hold: result.score < 0.5 (result.score is 0.7)',
        details: { cause: 'condition' },
      },
    });
    expect(await w.get('worse')).toMatchObject({
      state: 'skipped',
      error: { details: { cause: 'condition' } },
    });
    const worker = await w.worker();
    await worker.complete('good');
    expect(await w.stateOf('merge')).toBe('queued');
  });

  it('fails the task when it cannot be decided, with text and value, and what depends on failures runs', async () => {
    const w = await world();
    await w.submit(
      aSource('a'),
      aTask({ id: 'b', ...behind(when('result.scores[0] > 1')) }),
      aTask({ id: 'c', ...behind(on('b', 'failure')) }),
    );
    await ended(w, { score: 0.7 });
    expect(await w.get('b')).toMatchObject({
      state: 'failed',
      attempt: 0,
      error: {
        code: 'CONDITION_FAILED',
        message:
          'its condition on task a could not be decided: result.scores[0] > 1: No such key: scores (result.scores.0 is missing)',
      },
    });
    expect(await w.stateOf('c')).toBe('queued');
  });

  it('reads the error of a task that failed', async () => {
    const w = await world();
    const retryable = { task: 'a', on: 'failure', when: 'error.code == "HANDLER_FAILED"' } as const;
    await w.submit(aSource('a'), aTask({ id: 'b', ...behind(retryable) }));
    const worker = await w.worker({ worker: 'of-a', types: ['of-a'] });
    await worker.fail('a');
    expect(await w.stateOf('b')).toBe('queued');
  });

  it('is not evaluated when the verdict is another one', async () => {
    const w = await world();
    await w.submit(aSource('a'), aTask({ id: 'b', ...behind(when('result.score > 1')) }));
    await w.cancel('a');
    expect(await w.get('b')).toMatchObject({ state: 'skipped', error: { details: { cause: 'dependency' } } });
  });

  it.each([
    ['result.score >', 'dependsOn.0.when is no condition: Unexpected token: EOF'],
    ['score > 1', 'dependsOn.0.when is no condition: Unknown variable: score'],
  ])('is refused when its text is none: %s', async (condition, message) => {
    const w = await world();
    await w.submit(aSource('a'));
    expect(await refusal(w, aTask({ ...behind(when(condition)) }))).toEqual(['INVALID_TASK', message]);
  });
});
