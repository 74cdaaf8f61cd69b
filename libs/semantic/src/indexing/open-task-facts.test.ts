import { describe, expect, it } from 'vitest';
import type { JournalRecord } from '@precedent/tasks';
import type { TaskFacts } from '../facts.ts';
import { completed, factsOf, leased, submitted } from './journal-records.arbitraries.ts';
import { openTaskFactsOf } from './open-task-facts.ts';
import { TaskFactsProjection } from './task-facts-projection.ts';

describe('openTaskFactsOf', () => {
  /** As version 1 wrote it: the facts alone, with the beginning of a resumed attempt moved by its pause. */
  const storedFacts = (attempts: readonly object[], more: object = {}): string => {
    const { attempts: _, ...facts } = factsOf([submitted('a')]);
    return JSON.stringify({ ...facts, attempts, ...more });
  };
  const endOf = (stored: string, ...records: JournalRecord[]): TaskFacts => {
    const projection = new TaskFactsProjection(new Map([['a', stored]]));
    for (const record of records) projection.apply(record);
    const [facts] = projection.take().changed;
    if (facts === undefined) throw new Error('no facts have changed');
    return facts;
  };

  it('continues a running attempt of version 1 from its last checkpoint', () => {
    const running = storedFacts([{ n: 2, worker: 'w1', startedAt: 47_000, checkpoints: 3 }], {
      safeAt: 49_000,
    });
    const killed: JournalRecord = { kind: 'preempted', id: 'a', at: 52_000, end: 'killed', dueAt: 53_000 };
    const facts = endOf(running, killed);
    expect(facts.attempts).toMatchObject([{ n: 2, ranMs: 5_000, checkpoints: 3, outcome: 'preempted' }]);
    expect(facts.preemptions).toMatchObject([{ lostMs: 3_000 }]);
    expect(facts).not.toHaveProperty('safeAt');
  });

  it('resumes a preempted attempt of version 1 with its run time', () => {
    const preempted = { n: 1, worker: 'w1', startedAt: 2_000, endedAt: 5_000, outcome: 'preempted' };
    const facts = endOf(storedFacts([preempted]), leased('a', 50_000, 'w2'), completed('a', 51_000));
    expect(facts.attempts).toMatchObject([{ n: 1, worker: 'w2', ranMs: 4_000, outcome: 'completed' }]);
  });

  it('begins a new attempt for a task of version 1 that failed or never ran', () => {
    const failed = { n: 1, worker: 'w1', startedAt: 2_000, endedAt: 5_000, outcome: 'failed' };
    const again = endOf(storedFacts([failed]), leased('a', 6_000), completed('a', 7_000));
    expect(again.attempts).toMatchObject([{ n: 1 }, { n: 2, ranMs: 1_000 }]);
    const first = endOf(storedFacts([]), leased('a', 6_000), completed('a', 7_000));
    expect(first.attempts).toMatchObject([{ n: 1, ranMs: 1_000 }]);
  });

  it('starts the fold with the worker, the checkpoints and the preemptions of a running attempt of version 1', () => {
    const running = { n: 2, worker: 'w1', startedAt: 47_000, checkpoints: 3 };
    const victim = { makesRoomFor: 'b', preemptions: [{ at: 40_000 }] };
    expect(openTaskFactsOf(storedFacts([running], victim)).attempt).toMatchObject({
      attempt: 2,
      worker: 'w1',
      checkpoints: 3,
      preemptions: 1,
      leasedAt: 47_000,
      preempt: { mode: 'at_checkpoint' },
    });
    expect(openTaskFactsOf(storedFacts([running])).attempt).toMatchObject({
      preemptions: 0,
      preempt: undefined,
    });
  });

  it('throws for a task that a later version stored', () => {
    expect(() => new TaskFactsProjection(new Map([['a', '{"v":3}']]))).toThrow(
      expect.objectContaining({ code: 'DATA_TOO_NEW' }),
    );
  });
});

describe('a task without documents that was submitted during a replay', () => {
  /** Whether the end of a task names documents to remove, with a restart before it. */
  const isWrittenAtEnd = (isReplay: boolean): boolean => {
    const first = new TaskFactsProjection(new Map(), 0);
    first.isReplay = isReplay;
    first.apply(submitted('a'));
    const { hidden, put } = first.take();
    expect([...hidden]).toEqual(['a']);
    const second = new TaskFactsProjection(new Map(put), 0);
    for (const record of [leased('a', 2_000), completed('a', 3_000)]) second.apply(record);
    return second.take().written.has('a');
  };

  it('may have documents of the run that was interrupted, also after another restart', () => {
    expect([isWrittenAtEnd(true), isWrittenAtEnd(false)]).toEqual([true, false]);
  });
});
