import { describe, expect, it } from 'vitest';
import { behind, on, refusal } from './depending.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const scored = (id: string, retries = 0) =>
  aTask({
    id,
    validate: ['has(result.score)', 'result.score >= 0.5'],
    retry: { max: retries, delay: 1_000 },
  });

const reported = async (w: World, result: unknown): Promise<void> => {
  const worker = await w.worker();
  await worker.complete('a', result);
};

describe('a task with conditions on its result', () => {
  it('completes when they hold, and its record says what they read', async () => {
    const w = await world();
    await w.submit(scored('a'));
    await reported(w, { score: 0.7 });
    expect(await w.get('a')).toMatchObject({ state: 'completed', result: { score: 0.7 } });
    expect(w.records()).toContainEqual(
      expect.objectContaining({ kind: 'settled', id: 'a', read: { 'result.score': '0.7' } }),
    );
  });

  it('fails when one does not hold, with its text and what it read, and dependants see a failure', async () => {
    const w = await world();
    await w.submit(scored('a'), aTask({ id: 'b', type: 'b', ...behind(on('a', 'failure')) }));
    await reported(w, { score: 0.2 });
    expect(await w.get('a')).toMatchObject({
      state: 'failed',
      error: {
        code: 'RESULT_INVALID',
        message: 'its result is not valid: result.score >= 0.5 (result.score is 0.2)',
        details: { validate: 'result.score >= 0.5', read: { 'result.score': '0.2' } },
      },
    });
    expect(await w.stateOf('b')).toBe('queued');
  });

  it('is tried again as after any failure', async () => {
    const w = await world();
    await w.submit(scored('a', 1));
    const worker = await w.worker();
    await worker.complete('a', { score: 0.2 });
    expect(await w.get('a')).toMatchObject({ state: 'retrying', error: { code: 'RESULT_INVALID' } });
    await w.advance(1_000);
    await worker.complete('a', { score: 0.9 });
    expect(await w.get('a')).toMatchObject({ state: 'completed', attempt: 2 });
  });

  it('fails for good when one cannot be decided', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a', validate: ['result.score >= 0.5'], retry: { max: 3 } }));
    await reported(w, {});
    expect(await w.get('a')).toMatchObject({
      state: 'failed',
      error: {
        code: 'CONDITION_FAILED',
        message:
          'its result could not be validated: result.score >= 0.5: No such key: score (result.score is missing)',
      },
    });
  });

  it.each([
    ['result.score >', 'validate.0 is no condition: Unexpected token: EOF'],
    ['state == "completed"', 'validate.0 is no condition: Unknown variable: state'],
    ['result + 1.0 > 2.0 ? 1 : 2', 'validate.0 is no condition: says int; a condition says true or false'],
  ])('is refused when the text of one is none: %s', async (condition, message) => {
    const w = await world();
    expect(await refusal(w, aTask({ validate: [condition] }))).toEqual(['INVALID_TASK', message]);
  });

  it('is another task with other conditions under the same id', async () => {
    const w = await world();
    await w.submit(aTask({ id: 'a', validate: ['result == 1.0'] }));
    expect(await refusal(w, aTask({ id: 'a', validate: ['result == 2.0'] }))).toEqual([
      'TASK_EXISTS',
      'another task has the id a',
    ]);
  });
});
