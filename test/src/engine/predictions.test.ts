import type { PredictedDuration, WhyView } from '@precedent/contract-types';
import { sha256 } from '@precedent/ports';
import { DEFAULT_POLICY, replay } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';
import type { OrProblem } from '@precedent/ports';
import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const why = async (w: World, id: string): Promise<WhyView> => {
  const view = await w.ask<OrProblem<WhyView>>((api, reply) => api.explanations.why(id, reply));
  if ('task' in view) return view;
  throw new Error(view.error.message);
};

const exactly = (ms: number, support = 9): PredictedDuration => ({ p10: ms, p50: ms, p90: ms, support });

/** A worker of one slot that runs a low task, of which this is predicted. */
const busy = async (duration?: PredictedDuration) => {
  const w = await world({ preemption: DEFAULT_POLICY });
  const worker = await w.worker({ slots: 1, types: ['report', 'import'] });
  await w.submit(aTask({ id: 'low', band: 'low' }));
  if (duration) w.api.predictions.update([{ ids: ['low'], duration }]);
  return { w, worker };
};

/** Until a high task may preempt, the low one runs for 6 seconds. */
const withUrgent = async (duration?: PredictedDuration) => {
  const { w, worker } = await busy(duration);
  await w.advance(4_000);
  await w.submit(aTask({ id: 'urgent', band: 'high' }));
  await w.advance(2_000);
  return { w, worker, view: await why(w, 'urgent') };
};

const outcomes = ({ decisions }: WhyView): string[] =>
  decisions.map(({ outcome, record }) => `${outcome} ${(record as DecisionRecord).decision.reason}`);

describe('an urgent task', () => {
  it('waits for a task that is predicted to end within the limit', async () => {
    const { w, worker, view } = await withUrgent(exactly(10_000));
    expect(worker.stops).toEqual([]);
    expect(outcomes(view)[0]).toBe('wait_natural not_worth_it');
    expect(view.decisions[0]?.record).toMatchObject({ decision: { natural: { ms: 4_000, support: 9 } } });
    await w.advance(4_000);
    await worker.complete('low');
    expect(worker.ids.at(-1)).toBe('urgent');
    expect(await w.stateOf('low')).toBe('completed');
  });

  it.each<[string, PredictedDuration | undefined]>([
    ['with no prediction', undefined],
    ['with one from too few runs', exactly(10_000, 4)],
    ['of a task that ends much later', exactly(60_000)],
    ['of a task that ought to have ended: it would be protected for ever', exactly(1_000)],
  ])('preempts %s', async (_, duration) => {
    const { worker } = await withUrgent(duration);
    expect(worker.stops).toEqual(['low preempted 4000']);
  });

  it('preempts after all when the task does not end as predicted', async () => {
    const { w, worker } = await withUrgent(exactly(10_000));
    await w.advance(4_200);
    expect(worker.stops).toEqual(['low preempted 4000']);
  });

  it('waits by a decision that is reproduced from its record', async () => {
    const { view } = await withUrgent(exactly(10_000));
    const record = view.decisions[0]?.record;
    expect(replay(JSON.parse(JSON.stringify(record)), sha256)).toEqual({ same: true });
  });
});

describe('a prediction', () => {
  it('appears in the answer to why: when the task ends, and that it runs longer than most', async () => {
    const { w } = await busy({ p10: 20_000, p50: 40_000, p90: 60_000, support: 9 });
    expect(await why(w, 'low')).toMatchObject({
      duration: { p50: 40_000, support: 9 },
      endsInMs: { earliest: 20_000, likely: 40_000, latest: 60_000 },
      reasons: ['it runs on w1'],
    });
  });

  it('makes a task overdue after the predicted p90', async () => {
    const { w } = await busy(exactly(10_000));
    await w.advance(10_001);
    const view = await why(w, 'low');
    expect(view.reasons).toEqual(['it runs on w1', 'it runs longer than 9 of 10 like it (p90 10.0s)']);
    expect(view).not.toHaveProperty('endsInMs');
  });

  it('includes the time of an earlier run of the same attempt', async () => {
    const { w, worker } = await busy(exactly(20_000));
    await w.advance(1_000);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'yielded' });
    await worker.complete('urgent');
    await w.advance(1_100);
    expect(await why(w, 'low')).toMatchObject({ endsInMs: { likely: 18_900 } });
  });

  it('is removed with the verdict, and not stored for a task that is not open', async () => {
    const { w, worker } = await busy(exactly(10_000));
    const { cell } = w.engine;
    expect(cell?.predictions.size).toBe(1);
    await worker.complete('low');
    w.api.predictions.update([{ ids: ['low', 'nobody'], duration: exactly(5) }]);
    expect(cell?.predictions.size).toBe(0);
  });

  it('leaves no trace in the journal, and an engine that starts again runs without it until the next prediction', async () => {
    const { w, worker } = await busy(exactly(10_000));
    expect(w.kindsOf('low')).toEqual(['submitted', 'leased']);
    w.crash();
    await w.restart();
    await worker.hello();
    expect(await why(w, 'low')).not.toHaveProperty('duration');
  });
});

describe('the estimated start of a waiting task', () => {
  const waiting = async (known: readonly string[]) => {
    const { w } = await busy(exactly(10_000));
    await w.submit(...['a', 'b', 'c'].map((id) => aTask({ id, band: 'low' })));
    w.api.predictions.update([{ ids: known, duration: exactly(2_000, 12) }]);
    await w.advance(1_000);
    return w;
  };

  it('is computed from the predictions of the tasks before it', async () => {
    const w = await waiting(['a', 'b']);
    expect((await why(w, 'c')).startsInMs).toEqual({
      earliest: 13_000,
      likely: 13_000,
      latest: 13_000,
      basis: 'predictions',
      support: 9,
    });
  });

  it('counts a task of a higher band, in another queue class of the same worker', async () => {
    const w = await waiting(['a', 'b']);
    await w.submit(aTask({ id: 'above', type: 'import', band: 'normal' }));
    w.api.predictions.update([{ ids: ['above'], duration: exactly(1_000) }]);
    expect((await why(w, 'c')).startsInMs).toMatchObject({ likely: 14_000, basis: 'predictions' });
  });

  it.each([
    ['one before it', ['a']],
    ['any of them', []],
  ])('uses the throughput where there is no prediction for %s', async (_, known) => {
    const w = await waiting(known);
    expect((await why(w, 'c')).startsInMs).toMatchObject({ basis: 'pace' });
  });

  it('uses the throughput where there is no prediction for a running task', async () => {
    const w = await waiting(['a', 'b']);
    const other = await w.worker({ worker: 'w2', slots: 1 });
    expect(other.ids).toEqual(['a']);
    expect((await why(w, 'c')).startsInMs).toMatchObject({ likely: 4_000, basis: 'predictions' });
    w.engine.cell?.predictions.forget('a');
    expect((await why(w, 'c')).startsInMs).toMatchObject({ basis: 'pace' });
  });

  it('is missing where no worker fits the task', async () => {
    const w = await waiting(['a', 'b']);
    await w.submit(aTask({ id: 'other', type: 'nobody.knows' }));
    const view = await why(w, 'other');
    expect(view).toMatchObject({ reasons: ['no worker fits it', expect.any(String)], place: { before: 0 } });
    expect(view).not.toHaveProperty('startsInMs');
  });

  it('ignores a slot whose task is overdue', async () => {
    const w = await waiting(['a', 'b']);
    await w.advance(10_000);
    expect((await why(w, 'c')).startsInMs).toMatchObject({ basis: 'pace' });
  });
});
