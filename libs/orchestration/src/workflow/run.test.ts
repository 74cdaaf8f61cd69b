import { describe, expect, it } from 'vitest';
import { reusedSteps } from './rerun.ts';
import { SimulatedRun } from './simulated-run.arbitraries.ts';

const task = { type: 'work' };

describe('a run', () => {
  it('starts a step when what it needs has completed, and completes with the results of its last steps', () => {
    const run = new SimulatedRun({
      steps: {
        a: { task },
        b: { task, needs: ['a'] },
        c: { task, needs: ['a'] },
        d: { task, needs: ['b', 'c'] },
      },
    });
    expect([...run.open.keys()]).toEqual(['a']);
    run.end('a');
    expect([...run.open.keys()]).toEqual(['b', 'c']);
    run.end('c');
    run.restart();
    run.end('b');
    run.end('d', 'completed', { ok: 1 });
    expect(run.verdict).toEqual({ state: 'completed', result: { d: { ok: 1 } } });
  });

  it('takes the branch of a choice, and skips the other one as not chosen', () => {
    const run = new SimulatedRun(
      {
        steps: {
          pick: { choice: { left: 'input.left', right: 'true' } },
          left: { task, needs: [{ step: 'pick', branch: 'left' }] },
          right: { task, needs: [{ step: 'pick', branch: 'right' }] },
          merge: { task, needs: ['left', 'right'] },
        },
      },
      { begun: { input: { left: false } } },
    );
    expect([...run.open.keys()]).toEqual(['right']);
    run.end('right');
    expect([...run.open.keys()]).toEqual(['merge']);
    run.end('merge');
    expect(run.states()).toMatchObject({ left: 'skipped', merge: 'completed' });
    expect(run.verdict).toMatchObject({ state: 'completed' });
  });

  it('gives values of earlier results to the payload of a step', () => {
    const run = new SimulatedRun({
      steps: {
        a: { task },
        b: { task: { type: 'work', payload: { x: 1 }, with: { y: 'steps.a.result.n' } }, needs: ['a'] },
      },
    });
    run.end('a', 'completed', { n: 7 });
    expect(run.submitted.at(-1)).toEqual({ key: 'b', task: { type: 'work', payload: { x: 1, y: 7 } } });
  });

  it('fails a step whose expression reads what is missing', () => {
    const run = new SimulatedRun({ steps: { a: { task: { type: 'work', with: { y: 'input.nothing' } } } } });
    expect(run.verdict).toMatchObject({
      state: 'failed',
      error: {
        code: 'STEP_FAILED',
        message: expect.stringContaining('input.nothing is missing'),
        details: { step: 'a', cause: 'CONDITION_FAILED' },
      },
    });
  });

  it('runs what depends on a failure, and goes on where a step expects that another one fails', () => {
    const run = new SimulatedRun({
      steps: {
        a: { task },
        tell: { task, needs: [{ step: 'a', on: 'failure' }] },
        b: { task, needs: ['a'] },
      },
    });
    run.end('a', 'failed');
    expect([...run.open.keys()]).toEqual(['tell']);
    run.end('tell');
    expect(run.states()).toEqual({ a: 'failed', tell: 'completed', b: 'skipped' });
    expect(run.verdict).toMatchObject({ state: 'completed' });
  });

  it('starts nothing new after an unexpected failure, lets open steps finish, and compensates the completed ones in reverse', () => {
    const undo = { compensate: { type: 'undo' } };
    const run = new SimulatedRun({
      steps: {
        a: { task, ...undo },
        b: { task, needs: ['a'], ...undo },
        c: { task, needs: ['a'] },
        d: { task, needs: ['b'] },
      },
    });
    run.end('a');
    run.end('c', 'failed');
    expect(run.verdict).toBeUndefined();
    run.end('b');
    expect([...run.open.keys()]).toEqual(['b.undo']);
    run.restart();
    run.end('b.undo');
    run.end('a.undo', 'failed');
    expect(run.states()['d']).toBe('skipped');
    expect(run.verdict).toMatchObject({
      state: 'failed',
      error: { details: { step: 'c', compensated: ['b'], compensationFailed: ['a'] } },
    });
  });

  it('cancels what runs after a failure where the definition says so', () => {
    const run = new SimulatedRun({ onFailure: 'cancel', steps: { a: { task }, b: { task } } });
    run.end('a', 'failed');
    expect(run.cancelled).toEqual(['b']);
    run.end('b', 'cancelled');
    expect(run.verdict).toMatchObject({ state: 'failed', error: { details: { step: 'a' } } });
  });

  it('starts nothing while it is paused, and its relative times stand still', () => {
    const run = new SimulatedRun({ steps: { a: { task }, b: { task, needs: ['a'] }, nap: { sleep: 100 } } });
    run.fact({ type: 'paused' });
    run.end('a');
    run.advance(1_000);
    expect(run.open.size).toBe(0);
    run.restart();
    run.fact({ type: 'resumed' });
    expect([...run.open.keys()]).toEqual(['b']);
    run.advance(99);
    expect(run.states()['nap']).toBe('open');
    run.advance(1);
    expect(run.states()['nap']).toBe('completed');
  });

  it('cancels its tasks when it is cancelled, and is cancelled when they have ended', () => {
    const run = new SimulatedRun({
      steps: { a: { task }, b: { task, needs: ['a'] }, nap: { sleep: 100 }, ask: { approval: {} } },
    });
    run.fact({ type: 'cancelling', cause: 'cancel', reason: 'no need' });
    expect(run.cancelled).toEqual(['a']);
    run.end('a', 'cancelled');
    expect(run.verdict).toEqual({ state: 'cancelled', reason: 'no need' });
  });
});

describe('a map', () => {
  it('runs so many tasks at once, in the order of the list, and has their results in that order', () => {
    const run = new SimulatedRun({
      steps: { m: { map: { over: '["x","y","z"]', task, concurrency: 2 } } },
      output: 'steps.m.result',
    });
    expect(run.submitted.map(({ task: { payload } }) => payload)).toEqual([
      { item: 'x', index: 0 },
      { item: 'y', index: 1 },
    ]);
    run.end('m.1', 'completed', 'Y');
    run.restart();
    run.end('m.2', 'completed', 'Z');
    run.end('m.0', 'completed', 'X');
    expect(run.verdict).toEqual({ state: 'completed', result: ['X', 'Y', 'Z'] });
  });

  it('of an empty list completes, and above its maximum starts nothing', () => {
    const over = (list: string, max: number) =>
      new SimulatedRun({ steps: { m: { map: { over: list, task, max } } }, output: 'steps.m.result' });
    expect(over('[]', 1).verdict).toEqual({ state: 'completed', result: [] });
    const above = over('[1,2]', 1);
    expect([above.submitted, above.verdict]).toMatchObject([
      [],
      { state: 'failed', error: { message: expect.stringContaining('2 items; at most 1') } },
    ]);
    expect(over('{"no":"list"}', 1).verdict).toMatchObject({
      error: { message: expect.stringContaining('is no list') },
    });
  });

  it('completes while no more items fail than it tolerates', () => {
    const of = (tolerate: { count?: number; share?: number }) => {
      const run = new SimulatedRun({ steps: { m: { map: { over: { from: 0, to: 4 }, task, tolerate } } } });
      for (const index of [0, 1, 2, 3]) run.end(`m.${index}`, index < 2 ? 'failed' : 'completed');
      return run.verdict?.state;
    };
    expect([of({}), of({ count: 1 }), of({ count: 2 }), of({ share: 0.5 })]).toEqual([
      'failed',
      'failed',
      'completed',
      'completed',
    ]);
  });

  it('counts open tasks, and not the items of their batches', () => {
    const run = new SimulatedRun({
      steps: { m: { map: { over: { from: 0, to: 40 }, task, batch: 10, concurrency: 2 } } },
    });
    expect([...run.open.keys()]).toEqual(['m.0', 'm.10']);
  });

  it('gives the items of a batch to one task', () => {
    const run = new SimulatedRun({
      steps: { m: { map: { over: '[1,2,3]', task, batch: 2 } } },
      output: 'steps.m.result',
    });
    expect(run.submitted.map(({ task: { payload } }) => payload)).toEqual([
      { items: [1, 2], index: 0 },
      { items: [3], index: 2 },
    ]);
    run.end('m.0', 'completed', ['a', 'b']);
    run.end('m.2', 'completed', ['c']);
    expect(run.verdict).toMatchObject({ result: ['a', 'b', 'c'] });
  });
});

describe('a repeated step', () => {
  it('runs until its condition holds', () => {
    const run = new SimulatedRun({
      steps: { poll: { repeat: { task, until: 'result.done', max: 3, delay: 50 } } },
    });
    run.end('poll.r1', 'completed', { done: false });
    expect(run.open.size).toBe(0);
    run.restart();
    run.advance(50);
    run.end('poll.r2', 'completed', { done: true });
    expect(run.verdict).toEqual({ state: 'completed', result: { poll: { done: true } } });
  });

  it('fails after its last round, and with a round that fails', () => {
    const spec = { steps: { poll: { repeat: { task, until: 'false', max: 1 } } } };
    const last = new SimulatedRun(spec);
    last.end('poll.r1', 'completed', {});
    expect(last.verdict).toMatchObject({ error: { message: expect.stringContaining('after 1 rounds') } });
    const failed = new SimulatedRun(spec);
    failed.end('poll.r1', 'failed');
    expect(failed.verdict).toMatchObject({ state: 'failed' });
  });
});

describe('an approval', () => {
  const spec = { steps: { ask: { approval: { count: 2, expires: 1_000 } } } };

  it('completes with the last approval that it needs, and fails with the first refusal', () => {
    const run = new SimulatedRun(spec);
    run.fact({ type: 'decided', step: 'ask', approve: true, by: 'ann' });
    expect(run.verdict).toBeUndefined();
    run.fact({ type: 'decided', step: 'ask', approve: true, by: 'bob', comment: 'fine' });
    expect(run.verdict).toMatchObject({
      result: { ask: { decisions: [{ by: 'ann' }, { by: 'bob', comment: 'fine' }] } },
    });
    const refused = new SimulatedRun(spec);
    refused.fact({ type: 'decided', step: 'ask', approve: false, by: 'ann', comment: 'no' });
    expect(refused.verdict).toMatchObject({ error: { details: { cause: 'APPROVAL_REJECTED' } } });
  });

  it('is refused when its time is over', () => {
    const run = new SimulatedRun(spec);
    run.advance(1_000);
    expect(run.verdict).toMatchObject({
      state: 'failed',
      error: { message: expect.stringContaining('fewer than 2') },
    });
  });
});

describe('a signal', () => {
  it('is taken when it comes, also before the step waits for it, each once', () => {
    const wait = (needs: string[]) => ({ signal: { name: 'go' }, needs });
    const run = new SimulatedRun({ steps: { a: { task }, one: wait(['a']), two: wait(['one']) } });
    run.fact({ type: 'signalled', name: 'go', payload: 1 });
    run.end('a');
    expect(run.states()).toMatchObject({ one: 'completed', two: 'open' });
    run.restart();
    run.fact({ type: 'signalled', name: 'go', payload: 2 });
    expect(run.verdict).toMatchObject({ state: 'completed', result: { two: 2 } });
  });
});

describe('a failure', () => {
  it('skips only what can not start any more, whatever the order in the definition', () => {
    const needs = [{ step: 's', on: 'completion' as const }];
    const steps = { cleanup: { task, needs }, s: { task, needs: ['a'] }, a: { task }, b: { task } };
    const run = new SimulatedRun({ steps });
    run.end('b', 'failed');
    run.end('a');
    expect([...run.open.keys()]).toEqual(['cleanup']);
    run.end('cleanup');
    expect(run.states()).toEqual({ cleanup: 'completed', s: 'skipped', a: 'completed', b: 'failed' });
    expect(run.verdict).toMatchObject({ error: { details: { step: 'b' } } });
  });

  it('does not fail the run where what needs the step can do without it', () => {
    const of = (more: object) => {
      const run = new SimulatedRun({
        steps: { a: { task }, b: { task }, c: { task, needs: ['a', 'b'], ...more } },
      });
      run.end('a', 'failed');
      run.end('b');
      return [...run.open.keys()];
    };
    expect(of({ join: 'any' })).toEqual(['c']);
    expect(of({ needs: [{ step: 'a', optional: true }, 'b'] })).toEqual(['c']);
    expect(of({})).toEqual([]);
  });

  it('ends a pause, and sleeps end no earlier for it', () => {
    const run = new SimulatedRun({ steps: { a: { task }, nap: { sleep: 100 } } });
    run.fact({ type: 'paused' });
    run.advance(1_000);
    run.end('a', 'failed');
    run.advance(99);
    expect(run.states()['nap']).toBe('open');
    run.advance(1);
    expect(run.verdict).toMatchObject({ state: 'failed' });
  });
});

describe('a rerun', () => {
  it('does again what did not complete, what was compensated, and what needs them', () => {
    const steps = {
      a: { task, compensate: task },
      b: { task },
      c: { task, needs: ['b'] },
      tell: { task, needs: [{ step: 'c', on: 'failure' as const }] },
      d: { task, needs: ['a'] },
    };
    const run = new SimulatedRun({ steps });
    for (const name of ['a', 'b']) run.end(name);
    run.end('c', 'failed');
    run.end('tell');
    run.end('d', 'failed');
    run.end('a.undo');
    expect(reusedSteps(run.state, [])).toEqual({ b: { state: 'completed' } });
    expect(reusedSteps(run.state, ['b'])).toEqual({});
  });

  it('takes over what has ended, and goes on from there', () => {
    const run = new SimulatedRun(
      { steps: { a: { task }, b: { task: { type: 'work', with: { n: 'steps.a.result' } }, needs: ['a'] } } },
      { begun: { rerunOf: 'r0', reused: { a: { state: 'completed', result: 5 } } } },
    );
    expect(run.submitted).toEqual([{ key: 'b', task: { type: 'work', payload: { n: 5 } } }]);
    expect(run.state.step('a').isReused).toBe(true);
  });
});
