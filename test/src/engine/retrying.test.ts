import { compile } from '@precedent/access';
import type { Grant, RetryReply } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { callerAs, redriveIdOf } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aSource, behind, endAs } from './depending.ts';
import { plainState } from './plain-state.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const taskIn = (answer: RetryReply | { error: Problem }): RetryReply['task'] => {
  if ('error' in answer) throw new Error(answer.error.message);
  return answer.task;
};

const problemIn = (answer: RetryReply | { error: Problem }): Problem | undefined =>
  'error' in answer ? answer.error : undefined;

describe('a task that is run again', () => {
  it.each(['failed', 'cancelled'])('is a new task with the same content, after it is %s', async (verdict) => {
    const w = await world();
    await w.submit({ ...aSource('a'), name: 'sums', band: 'high', labels: { team: 'x' }, payload: { n: 7 } });
    if (verdict === 'cancelled') await w.cancel('a');
    const worker = await w.worker({ types: ['of-a'] });
    if (verdict === 'failed') await worker.fail('a');
    const again = taskIn(await w.retry('a'));
    const next = redriveIdOf('a');
    expect(again).toMatchObject({
      id: next,
      band: 'high',
      name: 'sums',
      labels: { team: 'x' },
      redriveOf: { task: 'a', times: 1 },
    });
    expect(await w.get('a')).toMatchObject({ state: verdict, redrivenAs: next });
    await worker.complete(next);
    expect(await w.stateOf(next)).toBe('completed');
    expect(await w.stateOf('a')).toBe(verdict);
  });

  it('is the same task for the same request, also after another engine has taken over', async () => {
    const w = await world();
    await w.submit(aSource('a'));
    await endAs(w, 'a', 'failed');
    const first = taskIn(await w.retry('a'));
    expect(taskIn(await w.retry('a')).id).toBe(first.id);
    expect(plainState(await w.rebuilt('journal'))).toEqual(w.memory());
    const other = problemIn(await w.retry('a', { edit: { payload: { n: 2 } } }));
    expect(other?.code).toBe('TASK_EXISTS');
    expect(other?.message).toMatch(/task a was run again already, with another edit/);
  });

  it('is repeated five times in a row at most', async () => {
    const w = await world();
    await w.submit(aSource('a'));
    const worker = await w.worker({ types: ['of-a'] });
    let id = 'a';
    for (let times = 1; times <= 5; times++) {
      await worker.fail(id);
      const again = taskIn(await w.retry(id));
      expect(again.redriveOf).toEqual({ task: id, times });
      ({ id } = again);
    }
    await w.settle();
    await worker.fail(id);
    expect(problemIn(await w.retry(id))).toMatchObject({
      code: 'REDRIVES_EXHAUSTED',
      message: `task ${id} is repetition 5 of 5 already`,
    });
  });

  it('is refused while it has no verdict, when it is completed, and when it is unknown or has changed', async () => {
    const w = await world();
    await w.submit(aSource('a'), aSource('b'), aSource('c'));
    expect(problemIn(await w.retry('a'))).toMatchObject({ code: 'TASK_ACTIVE' });
    await endAs(w, 'b', 'completed');
    expect(problemIn(await w.retry('b'))).toEqual({
      code: 'TASK_SETTLED',
      message: 'task b is completed: only a task that is failed, timed_out, cancelled, skipped runs again',
    });
    expect(problemIn(await w.retry('none'))).toMatchObject({ code: 'TASK_NOT_FOUND' });
    await endAs(w, 'c', 'failed');
    expect(problemIn(await w.retry('c', { expect: 'x' }))).toMatchObject({ code: 'PRECONDITION_FAILED' });
  });

  it('is edited by a merge patch, and checked as a submission', async () => {
    const w = await world();
    await w.submit({
      ...aSource('a'),
      payload: { n: 1, old: true },
      timeouts: { attempt: 60_000, total: 0 },
    });
    await endAs(w, 'a', 'failed');
    const wrong = problemIn(await w.retry('a', { edit: { timeouts: { attempt: 'soon' } } }));
    expect(wrong?.code).toBe('INVALID_TASK');
    expect(wrong?.issues?.[0]?.field).toBe('edit.timeouts.attempt');
    expect(problemIn(await w.retry('a', { edit: { id: 'b' } }))?.message).toBe(
      'edit.id: stays as it is in a repetition',
    );
    const edit = { payload: { n: 2, old: null }, timeouts: { attempt: '10m' }, band: 'low' };
    const { id } = taskIn(await w.retry('a', { edit }));
    const record = w.records().find((one) => one.kind === 'submitted' && one.id === id);
    expect(record).toMatchObject({ class: { band: 'low', timeouts: { attempt: 600_000 } } });
    expect(JSON.parse((record as { body: string }).body)).toEqual({
      payload: { n: 2 },
      redriveOf: { task: 'a', times: 1 },
    });
  });

  it('keeps its idempotency keys only on request, from the first task on', async () => {
    const w = await world();
    await w.submit(aSource('a'));
    const worker = await w.worker({ types: ['of-a'] });
    await worker.fail('a');
    const { id } = taskIn(await w.retry('a', { keepKeys: true }));
    await worker.fail(id);
    const { id: third } = taskIn(await w.retry(id, { keepKeys: true }));
    const bodyOf = (task: string): unknown => {
      const record = w.records().find((one) => one.kind === 'submitted' && one.id === task);
      return JSON.parse((record as { body: string }).body);
    };
    expect(bodyOf(id)).toMatchObject({ redriveOf: { keys: 'a', task: 'a', times: 1 } });
    expect(bodyOf(third)).toMatchObject({ redriveOf: { keys: 'a', task: id, times: 2 } });
  });
});

describe('what was skipped because of a task', () => {
  const chain = async (w: World) => {
    await w.submit(
      aSource('a'),
      aTask({ id: 'b', type: 'of-b', ...behind('a') }),
      aTask({ id: 'c', type: 'of-c', ...behind('b', 'z') }),
      aSource('z'),
    );
    const worker = await w.worker({ types: ['of-a', 'of-b', 'of-c', 'of-z'], slots: 2 });
    await worker.complete('z');
    await worker.fail('a');
    expect([await w.stateOf('b'), await w.stateOf('c')]).toEqual(['skipped', 'skipped']);
    return worker;
  };

  it('runs again on request, behind the repetitions', async () => {
    const w = await world();
    const worker = await chain(w);
    const answer = await w.retry('a', { dependants: true });
    const [b, c] = [redriveIdOf('b'), redriveIdOf('c')];
    expect(answer).toMatchObject({ reopened: [b, c] });
    expect([await w.stateOf(b), await w.stateOf(c)]).toEqual(['waiting', 'waiting']);
    for (const id of [redriveIdOf('a'), b, c]) {
      await w.settle();
      await worker.complete(id);
    }
    expect(await w.stateOf(c)).toBe('completed');
  });

  it('depends on the repetition of a task also when it is run again later, by itself', async () => {
    const w = await world();
    await chain(w);
    taskIn(await w.retry('a'));
    expect(taskIn(await w.retry('b'))).toMatchObject({
      state: 'waiting',
      waiting: { detail: `it waits for success of task ${redriveIdOf('a')}` },
    });
  });

  it('is skipped again when what it depends on was not repeated', async () => {
    const w = await world();
    await chain(w);
    expect(taskIn(await w.retry('b'))).toMatchObject({ state: 'skipped' });
  });
});

describe('a caller that runs a task again', () => {
  const grant = (more: Partial<Grant>): Grant => ({
    id: 'g',
    principal: 'ann',
    role: 'submitter',
    namespace: 'acme',
    project: '*',
    ...more,
  });
  const retryAs = (w: World, id: string, ...grants: Partial<Grant>[]) => {
    const principal = compile({
      name: 'ann',
      kind: 'human',
      credential: 'key-ann',
      grants: grants.map(grant),
    });
    const { tasks } = w.api.forCaller(callerAs(principal, 'acme', w.now));
    return w.ask<RetryReply | { error: Problem }>((_, reply) => tasks.retry({ id }, reply));
  };

  it('submits it by the rights that it has now, and sees no task outside its scope', async () => {
    const w = await world();
    const by = { name: 'bob', credential: 'key-bob' };
    await w.submit(
      { ...aSource('a'), namespace: 'acme', project: 'web', by },
      { ...aSource('b'), namespace: 'acme', project: 'web', security: 'red' },
      { ...aSource('o'), namespace: 'other' },
    );
    for (const id of ['a', 'b', 'o']) await w.cancel(id);
    expect(problemIn(await retryAs(w, 'a', { role: 'viewer' }))?.code).toBe('FORBIDDEN');
    expect(problemIn(await retryAs(w, 'a', { project: 'pay' }))?.code).toBe('TASK_NOT_FOUND');
    expect(problemIn(await retryAs(w, 'a', { highestBand: 'low' }))?.code).toBe('FORBIDDEN');
    expect(problemIn(await retryAs(w, 'b', {}))?.code).toBe('TASK_NOT_FOUND');
    expect(problemIn(await retryAs(w, 'o', {}))?.code).toBe('TASK_NOT_FOUND');
    expect(taskIn(await retryAs(w, 'a', {}))).toMatchObject({ submittedBy: 'ann', project: 'web' });
    expect(taskIn(await retryAs(w, 'b', { clearances: ['red'] }))).toMatchObject({ security: 'red' });
  });
});
