import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossOf, tasksOf } from './runs.ts';
import type { Run } from './runs.ts';

const aRun = (given: Partial<Run> = {}): Run => ({
  task: 'a',
  sentAt: 0,
  startedAt: 5,
  endedAt: 105,
  from: 0,
  worked: 10,
  durable: 10,
  units: 10,
  unitMs: 10,
  end: 'completed',
  ...given,
});

describe('the runs of a task', () => {
  it('give its wait, its turnaround, its time in a slot and its preemptions', () => {
    const first = aRun({ worked: 7, durable: 5, endedAt: 75, end: 'preempted' });
    const second = aRun({ startedAt: 200, endedAt: 250, from: 5, worked: 5 });
    expect(tasksOf([second, first])).toEqual([
      {
        task: 'a',
        completed: true,
        waitMs: 5,
        turnaroundMs: 250,
        heldMs: 120,
        preemptions: 1,
        usefulMs: 100,
        lostMs: 20,
      },
    ]);
  });

  it('count the work that the next run repeats as lost, whatever was reported as durable', () => {
    const first = aRun({ worked: 7, durable: 5, end: 'preempted' });
    const fromZero = aRun({ startedAt: 200, endedAt: 300, from: 0 });
    expect(tasksOf([first, fromZero])[0]?.lostMs).toBe(70);
  });

  it('lose the work that was not durable when they were preempted and not resumed, and nothing when they were only stopped', () => {
    const [preempted] = tasksOf([aRun({ worked: 7, durable: 5, end: 'preempted' })]);
    const [stopped] = tasksOf([aRun({ worked: 7, durable: 5, end: 'stopped' })]);
    expect([preempted?.lostMs, stopped?.lostMs]).toEqual([20, 0]);
    expect([preempted?.completed, stopped?.preemptions]).toEqual([false, 0]);
  });

  it('of a completed task lose exactly the work beyond its units, however they were split', () => {
    const cut = fc.record({ worked: fc.integer({ min: 0, max: 6 }), lost: fc.integer({ min: 0, max: 6 }) });
    fc.assert(
      fc.property(fc.array(cut, { maxLength: 5 }), (cuts) => {
        let from = 0;
        const runs: Run[] = [];
        for (const [at, { worked, lost }] of cuts.entries()) {
          const durable = Math.max(0, from + worked - lost);
          runs.push(aRun({ startedAt: at, from, worked, durable, units: 50, end: 'preempted' }));
          from = durable;
        }
        runs.push(aRun({ startedAt: 99, from, worked: 50 - from, durable: 50, units: 50 }));
        const worked = runs.reduce((sum, run) => sum + run.worked, 0);
        expect(tasksOf(runs)[0]).toMatchObject({ usefulMs: 500, lostMs: (worked - 50) * 10 });
      }),
    );
  });
});

describe('the loss of a load', () => {
  it('is a share of its useful work', () => {
    const tasks = tasksOf([
      aRun({ worked: 7, durable: 5, end: 'preempted' }),
      aRun({ startedAt: 200, from: 5, worked: 5 }),
      aRun({ task: 'b' }),
    ]);
    expect(lossOf(tasks)).toEqual({ victims: 1, lost_work_ms: 20, lost_work_pct: 10 });
  });

  it('is zero without tasks', () => {
    expect(lossOf([])).toEqual({ victims: 0, lost_work_ms: 0, lost_work_pct: 0 });
  });
});
