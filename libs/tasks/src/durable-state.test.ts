import { describe, expect, it } from 'vitest';
import { applyRecord } from './fold.ts';
import type { ChangeRecord } from './records.ts';
import { CHECKPOINTS_MAX, NO_DURABLE_STATE, durableStateOf, storedDurableState } from './durable-state.ts';
import type { Checkpoint, DurableState, RegisteredRollback } from './durable-state.ts';
import { aCheckpoint, aRollback } from './durable-state.arbitraries.ts';
import type { RollbackOutcome } from './records.ts';
import { aRow } from './task.arbitraries.ts';
import type { TaskRow } from './task-row.ts';

const T1 = { id: 'T1', at: 5_000 } as const;
const error = { code: 'HANDLER_FAILED', message: 'no such file' } as const;

/** Leases 1, 2, … on sessions S1, S2, … */
const leased = (epoch: number, at = 4_000): ChangeRecord => ({
  kind: 'leased',
  id: 'T1',
  at,
  worker: 'W1',
  session: `S${epoch}`,
  epoch,
});
const recorded = (step: Checkpoint | RegisteredRollback | RollbackOutcome): ChangeRecord => ({
  kind: 'kept',
  ...T1,
  step,
});
const rolledBack = (given: Partial<RollbackOutcome> = {}): ChangeRecord =>
  recorded({ kind: 'undone', epoch: 1, of: 1, ofEpoch: 1, ...given });
const preempted = (at = 5_000): ChangeRecord => ({
  kind: 'preempted',
  id: 'T1',
  at,
  end: 'aborted',
  dueAt: at,
});
const requeued = (why: 'returned' | 'lost' | 'yielded', at = 5_000): ChangeRecord => ({
  kind: 'requeued',
  id: 'T1',
  at,
  why,
});
const retrying: ChangeRecord = { kind: 'retrying', ...T1, dueAt: 6_000, error };
const due: ChangeRecord = { kind: 'due', ...T1 };
const settled = (state: 'completed' | 'cancelled' = 'completed'): ChangeRecord => ({
  kind: 'settled',
  ...T1,
  state,
});

const rowAfter = (...records: ChangeRecord[]): TaskRow => {
  const row = aRow();
  for (const record of records) applyRecord(row, record);
  return row;
};
const durableAfter = (...records: ChangeRecord[]): DurableState => rowAfter(...records).durable;

describe('the checkpoints of a task', () => {
  const [first, second, third] = [1, 2, 3].map((seq) => aCheckpoint({ seq })) as [
    Checkpoint,
    Checkpoint,
    Checkpoint,
  ];

  it('holds the latest two checkpoints, the newer first', () => {
    expect(CHECKPOINTS_MAX).toBe(2);
    expect(durableAfter(leased(1), recorded(first)).checkpoints).toEqual([first]);
    expect(durableAfter(leased(1), recorded(first), recorded(second)).checkpoints).toEqual([second, first]);
    const durable = durableAfter(leased(1), recorded(first), recorded(second), recorded(third));
    expect(durable.checkpoints).toEqual([third, second]);
  });

  it('keeps checkpoints over the end of a run without a verdict: preempted, lost, given back, yielded or to be retried', () => {
    const ends = [preempted(), requeued('lost'), requeued('returned'), requeued('yielded'), retrying];
    for (const end of ends) {
      const durable = durableAfter(leased(1), recorded(first), end, due, leased(2));
      expect(durable.checkpoints, end.kind).toEqual([first]);
    }
  });

  it('distinguishes checkpoints of different leases by the epoch, though each lease counts from one', () => {
    const later = aCheckpoint({ epoch: 2, seq: 1, hash: 'cd'.repeat(32) });
    const durable = durableAfter(leased(1), recorded(first), preempted(), due, leased(2), recorded(later));
    expect(durable.checkpoints).toEqual([later, first]);
  });

  it('drops all checkpoints with the verdict, whatever it is', () => {
    for (const state of ['completed', 'cancelled'] as const) {
      const durable = durableAfter(leased(1), recorded(first), recorded(second), settled(state));
      expect(durable.checkpoints).toEqual([]);
    }
    const waiting = durableAfter(leased(1), recorded(first), preempted(), settled('cancelled'));
    expect(waiting).toMatchObject({ checkpoints: [], preemptions: 1 });
  });
});

describe('the rollback actions of a task', () => {
  const [one, two] = [aRollback({ seq: 1, name: 'a' }), aRollback({ seq: 2, name: 'b', payload: { x: 1 } })];
  const both = [leased(1), recorded(one), recorded(two)];

  it('keeps rollback actions in order, from one run to the next', () => {
    expect(durableAfter(...both).rollbacks).toEqual([one, two]);
    expect(durableAfter(...both, preempted(), due, leased(2)).rollbacks).toEqual([one, two]);
  });

  it('drops rollback actions once a later checkpoint is durable', () => {
    const durable = durableAfter(...both, recorded(aCheckpoint({ seq: 3 })), recorded(aRollback({ seq: 4 })));
    expect(durable.rollbacks).toEqual([aRollback({ seq: 4 })]);
  });

  it('drops rollback actions one by one as they are carried out, the last first', () => {
    const rest = durableAfter(...both, preempted(), due, leased(2), rolledBack({ epoch: 2, of: 2 }));
    expect(rest.rollbacks).toEqual([one]);
    expect(rest.failedRollbacks).toEqual([]);
  });

  it('keeps failed rollback actions as evidence, also after a checkpoint, a retry and the verdict', () => {
    const evidence = [{ rollback: two, error }];
    const failed = [...both, preempted(), due, leased(2), rolledBack({ epoch: 2, of: 2, error })];
    expect(durableAfter(...failed)).toMatchObject({ rollbacks: [one], failedRollbacks: evidence });
    const later = [
      ...failed,
      recorded(aCheckpoint({ epoch: 2, seq: 2 })),
      retrying,
      due,
      leased(3),
      settled(),
    ];
    expect(durableAfter(...later)).toMatchObject({ rollbacks: [], failedRollbacks: evidence });
  });

  it('keeps failed rollback actions in the order in which they failed', () => {
    const durable = durableAfter(...both, rolledBack({ of: 2, error }), rolledBack({ of: 1, error }));
    expect(durable).toMatchObject({ rollbacks: [], failedRollbacks: [{ rollback: two }, { rollback: one }] });
  });

  it('takes no rollback action of another lease, or one that was carried out before, for the one that is reported', () => {
    const again = aRollback({ epoch: 2, seq: 1, name: 'c' });
    const records = [...both, preempted(), due, leased(2), recorded(again)];
    expect(durableAfter(...records, rolledBack({ epoch: 2, of: 1, ofEpoch: 2 })).rollbacks).toEqual([
      one,
      two,
    ]);
    expect(durableAfter(...records, rolledBack({ epoch: 2, of: 1, ofEpoch: 1 })).rollbacks).toEqual([
      two,
      again,
    ]);
    const twice = [rolledBack({ of: 1, error }), rolledBack({ of: 1, error }), rolledBack({ of: 9, error })];
    expect(durableAfter(...both, ...twice).failedRollbacks).toHaveLength(1);
  });
});

describe('the interruptions of a task', () => {
  it('counts an interruption as a preemption only when the task was a victim', () => {
    const durable = durableAfter(leased(1), preempted(), due, leased(2), requeued('yielded'));
    expect(durable).toMatchObject({ preemptions: 1, segments: 2, resuming: true, session: 'S2' });
    expect(durableAfter(leased(1), requeued('yielded'))).toMatchObject({ preemptions: 0, segments: 1 });
  });

  it('names the latest decision that the task was a victim of, until the verdict', () => {
    const victim = (decision: string): ChangeRecord => ({
      kind: 'preempting',
      ...T1,
      decision,
      mode: 'immediate',
      deadline: 6_000,
    });
    expect(durableAfter(leased(1), preempted()).decision).toBeUndefined();
    expect(durableAfter(leased(1), victim('D1'), preempted(), due, leased(2)).decision).toBe('D1');
    expect(durableAfter(leased(1), requeued('yielded')).decision).toBeUndefined();
    const again = durableAfter(
      leased(1),
      victim('D1'),
      preempted(),
      due,
      leased(2),
      victim('D2'),
      preempted(),
    );
    expect(again.decision).toBe('D2');
  });

  it('names the session that the task ran on last, also while it runs again', () => {
    expect(durableAfter(leased(1), preempted()).session).toBe('S1');
    expect(durableAfter(leased(1), preempted(), due, leased(2))).toMatchObject({
      session: 'S1',
      resuming: true,
    });
  });

  it('adds up the run time of the interrupted runs of one attempt', () => {
    const twice = [leased(1, 1_000), preempted(1_300), due, leased(2, 9_000), preempted(9_050)];
    expect(durableAfter(...twice).ranMs).toBe(350);
    expect(durableAfter(...twice, due, leased(3, 9_500)).ranMs).toBe(350);
    expect(durableAfter(...twice, due, leased(3, 9_500), requeued('returned', 9_600)).ranMs).toBe(450);
    for (const end of [retrying, requeued('lost')])
      expect(durableAfter(...twice, due, leased(3, 9_500), end).ranMs, end.kind).toBe(0);
  });

  it('adds no negative run time when a clock was set back', () => {
    expect(durableAfter(leased(1, 5_000), preempted(4_000)).ranMs).toBe(0);
  });

  it('counts the time between the order to a victim and its end as run time', () => {
    const preempting = {
      kind: 'preempting',
      id: 'T1',
      at: 1_100,
      decision: 'D',
      mode: 'immediate',
      deadline: 0,
    } as const;
    expect(durableAfter(leased(1, 1_000), preempting, preempted(1_300)).ranMs).toBe(300);
  });

  it.each<[says: string, records: ChangeRecord[], segments: number]>([
    ['a lost run that left nothing: the next one starts from nothing', [leased(1), requeued('lost')], 0],
    ['a failed run that left nothing', [leased(1), retrying], 0],
    ['a lost run that left a checkpoint', [leased(1), recorded(aCheckpoint()), requeued('lost')], 1],
    ['a failed run that left a checkpoint', [leased(1), recorded(aCheckpoint()), retrying], 1],
    ['a lost run that left a rollback action', [leased(1), recorded(aRollback()), requeued('lost')], 1],
    ['a victim that left nothing', [leased(1), preempted()], 1],
    ['a failed run after a preemption', [leased(1), preempted(), due, leased(2), retrying], 2],
    ['a lost run after a preemption', [leased(1), preempted(), due, leased(2), requeued('lost')], 2],
  ])('counts the runs without a verdict of %s', (_says, records, segments) => {
    expect(durableAfter(...records).segments).toBe(segments);
  });
});

describe('a task without durable state', () => {
  it('shares NO_DURABLE_STATE with all the others, from its first run to its verdict', () => {
    const row = aRow();
    const life = [
      leased(1),
      requeued('returned'),
      leased(2),
      requeued('lost'),
      leased(3),
      retrying,
      due,
      leased(4),
    ];
    for (const record of [...life, settled()]) {
      applyRecord(row, record);
      expect(row.durable, record.kind).toBe(NO_DURABLE_STATE);
    }
  });

  it('never writes to NO_DURABLE_STATE', () => {
    expect(Object.isFrozen(NO_DURABLE_STATE)).toBe(true);
    durableAfter(leased(1), recorded(aRollback()), recorded(aCheckpoint()), preempted());
    expect(NO_DURABLE_STATE).toEqual({
      checkpoints: [],
      rollbacks: [],
      failedRollbacks: [],
      segments: 0,
      ranMs: 0,
      preemptions: 0,
      resuming: false,
    });
  });
});

describe('the stored form of a durable state', () => {
  const state: DurableState = {
    ...NO_DURABLE_STATE,
    rollbacks: [aRollback({ seq: 1, name: 'a' })],
    failedRollbacks: [{ rollback: aRollback({ seq: 2, name: 'b' }), error }],
    segments: 1,
    session: 'S1',
  };

  it('has the field names that earlier versions wrote into snapshots and histories', () => {
    expect(JSON.stringify(storedDurableState(state))).toBe(
      '{"checkpoints":[],"undo":[{"kind":"undo","epoch":1,"seq":1,"name":"a"}],' +
        '"failedUndo":[{"undo":{"kind":"undo","epoch":1,"seq":2,"name":"b"},"error":{"code":"HANDLER_FAILED","message":"no such file"}}],' +
        '"segments":1,"ranMs":0,"preemptions":0,"resuming":false,"session":"S1"}',
    );
    expect(storedDurableState(NO_DURABLE_STATE)).toBeNull();
  });

  it('is read back as the state that was stored', () => {
    expect(durableStateOf(storedDurableState(state))).toEqual(state);
    expect(durableStateOf(null)).toBe(NO_DURABLE_STATE);
  });
});
