import { describe, expect, it } from 'vitest';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './records.ts';
import { NO_DURABLE_STATE } from './durable-state.ts';
import type { PreemptingRecord } from './records.ts';
import { aContext, aRow, anOrder } from './task.arbitraries.ts';
import { NO_RUN, contextOf } from './task-row.ts';
import type { TaskRow, TaskRun } from './task-row.ts';

describe('a record', () => {
  const T1 = { id: 'T1', at: 5_000 } as const;
  const error = { code: 'HANDLER_FAILED', message: 'boom' } as const;
  const leased: ChangeRecord = { kind: 'leased', ...T1, at: 4_000, worker: 'W1', session: 'S1', epoch: 7 };
  const preempting: PreemptingRecord = { kind: 'preempting', ...T1, ...anOrder() };
  const preempted: ChangeRecord = { kind: 'preempted', ...T1, end: 'yielded', dueAt: 6_000 };
  const due: ChangeRecord = { kind: 'due', ...T1, at: 6_000 };
  const order = anOrder();
  const resumed = { attempt: 1, retries: 0, losses: 0, epoch: 8 };
  const run = { worker: 'W1', session: 'S1', startedAt: 4_000 };

  const afterAll = (...records: ChangeRecord[]): TaskRow => {
    const row = aRow();
    for (const record of records) applyRecord(row, record);
    return row;
  };

  it.each<[kind: string, records: ChangeRecord[], state: string, run: TaskRun, counts: Partial<TaskRow>]>([
    ['leased', [leased], 'running', run, { attempt: 1, epoch: 7 }],
    [
      'requeued, returned',
      [leased, { kind: 'requeued', ...T1, why: 'returned' }],
      'queued',
      {},
      { attempt: 1, losses: 0 },
    ],
    [
      'requeued, lost',
      [leased, { kind: 'requeued', ...T1, why: 'lost' }],
      'queued',
      {},
      { attempt: 1, losses: 1 },
    ],
    [
      'stopping',
      [leased, { kind: 'stopping', ...T1, stop: 'cancel', reason: 'not needed' }],
      'stopping',
      { ...run, stop: 'cancel', stoppedAt: 5_000, reason: 'not needed' },
      { epoch: 7 },
    ],
    [
      'retrying',
      [leased, { kind: 'retrying', ...T1, dueAt: 6_000, error }],
      'retrying',
      { dueAt: 6_000, error },
      { retries: 1, attempt: 1 },
    ],
    [
      'due',
      [leased, { kind: 'retrying', ...T1, dueAt: 6_000, error }, { kind: 'due', ...T1, at: 6_000 }],
      'queued',
      { error },
      { retries: 1 },
    ],
    [
      'leased, a second time',
      [
        leased,
        { kind: 'retrying', ...T1, dueAt: 6_000, error },
        { kind: 'due', ...T1 },
        { ...leased, epoch: 8 },
      ],
      'running',
      { ...run, error },
      { attempt: 2, epoch: 8 },
    ],
    [
      'settled, with a result',
      [leased, { kind: 'settled', ...T1, state: 'completed', result: 42 }],
      'completed',
      { worker: 'W1', startedAt: 4_000, settledAt: 5_000, result: 42 },
      { attempt: 1 },
    ],
    [
      'settled, with an error',
      [
        leased,
        { kind: 'stopping', ...T1, stop: 'total' },
        { kind: 'settled', ...T1, state: 'timed_out', error },
      ],
      'timed_out',
      { worker: 'W1', startedAt: 4_000, settledAt: 5_000, error },
      { retries: 0 },
    ],
    ['preempting', [leased, preempting], 'preempting', { ...run, preempt: order }, { attempt: 1, epoch: 7 }],
    [
      'preempting, a second time',
      [leased, preempting, { ...preempting, at: 5_500, mode: 'immediate', deadline: 9_000 }],
      'preempting',
      { ...run, preempt: { ...order, mode: 'immediate', deadline: 9_000 } },
      { durable: NO_DURABLE_STATE },
    ],
    [
      'spared',
      [leased, preempting, { kind: 'spared', ...T1 }],
      'running',
      run,
      { durable: NO_DURABLE_STATE },
    ],
    ['preempted', [leased, preempting, preempted], 'preempted', { dueAt: 6_000 }, { attempt: 1, retries: 0 }],
    [
      'preempted, after a failed attempt',
      [leased, { kind: 'retrying', ...T1, dueAt: 6_000, error }, { kind: 'due', ...T1 }, leased, preempted],
      'preempted',
      { dueAt: 6_000, error },
      { attempt: 2, retries: 1 },
    ],
    ['due, after a preemption', [leased, preempted, due], 'queued', {}, { attempt: 1 }],
    ['leased, to be resumed', [leased, preempted, due, { ...leased, epoch: 8 }], 'running', run, resumed],
    [
      'requeued, yielded, and leased again',
      [leased, { kind: 'requeued', ...T1, why: 'yielded' }, { ...leased, epoch: 8 }],
      'running',
      run,
      resumed,
    ],
    [
      'stopping, of a victim: the grace begins now',
      [leased, preempting, { kind: 'stopping', ...T1, at: 6_000, stop: 'cancel', reason: 'not needed' }],
      'stopping',
      { ...run, stop: 'cancel', stoppedAt: 6_000, reason: 'not needed' },
      {},
    ],
    [
      'settled, of a victim that finished in its grace',
      [
        leased,
        preempting,
        { kind: 'settled', ...T1, state: 'completed', result: 42, end: 'finished_in_grace' },
      ],
      'completed',
      { worker: 'W1', startedAt: 4_000, settledAt: 5_000, result: 42 },
      { durable: NO_DURABLE_STATE },
    ],
    [
      'retrying, of a victim that failed in its grace',
      [leased, preempting, { kind: 'retrying', ...T1, dueAt: 6_000, error, end: 'failed_in_grace' }],
      'retrying',
      { dueAt: 6_000, error },
      { retries: 1, attempt: 1, durable: NO_DURABLE_STATE },
    ],
  ])('folds a record of kind %s', (...[, records, state, expectedRun, counts]) => {
    const row = afterAll(...records);
    expect(row.state).toBe(state);
    expect(row.run).toEqual(expectedRun);
    expect(row).toMatchObject(counts);
  });

  it('never writes to the run that waiting tasks share', () => {
    expect(Object.isFrozen(NO_RUN)).toBe(true);
    const row = afterAll(leased, { kind: 'requeued', ...T1, why: 'returned' });
    expect(row.run).toBe(NO_RUN);
    expect(aRow().run).toBe(NO_RUN);
  });

  it('leaves a row from which contextOf derives all that the machine decides by', () => {
    expect(contextOf(aRow())).toEqual(aContext());
    expect(contextOf(afterAll(leased, { kind: 'stopping', ...T1, stop: 'timeout' }))).toEqual(
      aContext({ attempt: 1, epoch: 7, worker: 'W1', stop: 'timeout' }),
    );
    expect(contextOf(afterAll(leased, preempting))).toEqual(
      aContext({ attempt: 1, epoch: 7, worker: 'W1', preempt: order }),
    );
    expect(contextOf(afterAll(leased, preempting, preempted))).toEqual(
      aContext({ attempt: 1, epoch: 7, preemptions: 1, resuming: true }),
    );
  });
});
