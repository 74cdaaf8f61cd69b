import type { TaskView } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import type { Judgement } from '../crash/checker.ts';
import { claimsOf } from './claims.ts';
import type { Evidence } from './claims.ts';
import type { PlannedTask } from './load.ts';
import type { Outcome } from './report.ts';

const judgement: Judgement = {
  submitted: 3,
  settled: 3,
  leases: 3,
  verdicts: {},
  epochs: 1,
  voidEntries: 0,
  faults: [],
};

const planned: PlannedTask[] = [
  { spec: { id: 'a', band: 'critical' }, expected: { state: 'completed', retries: 0 } },
  { spec: { id: 'b', band: 'low' }, expected: { state: 'completed', retries: 1 } },
  { spec: { id: 'c', band: 'low' }, expected: { state: 'failed', code: 'COMMAND_FAILED', retries: 0 } },
];

const outcome = (view: Partial<TaskView>, waitMs: number): Outcome => ({
  view: { state: 'completed', retries: 0, ...view } as TaskView,
  timeline: { queuedAt: 0, firstStartedAt: waitMs, startedAt: waitMs, settledAt: waitMs + 1, verdicts: 1 },
});

const good = (): Outcome[] => [
  outcome({ id: 'a', band: 'critical' }, 1),
  outcome({ id: 'b', band: 'low', retries: 1 }, 10),
  outcome(
    { id: 'c', band: 'low', state: 'failed', error: { code: 'COMMAND_FAILED', message: 'command exited' } },
    10,
  ),
];

const against = (evidence: Partial<Evidence>): string[] =>
  claimsOf({ planned, outcomes: good(), judgement, ...evidence }).flatMap((claim) => claim.against);

describe('the claims of the demo', () => {
  it('hold when everything went as planned', () => {
    expect(against({})).toEqual([]);
  });

  it('do not hold with a fault in the journal', () => {
    expect(against({ judgement: { ...judgement, faults: ['a settled 2 times'] } })).toEqual([
      'a settled 2 times',
    ]);
  });

  it('do not hold with a task without an outcome', () => {
    expect(against({ outcomes: good().slice(0, 2) })).toEqual(['c has no outcome']);
  });

  it('do not hold with a task that failed for another reason', () => {
    const [a, b, c] = good();
    const other = { ...c, view: { ...c?.view, error: { code: 'WORKER_LOST', message: 'gone' } } } as Outcome;
    expect(against({ outcomes: [a, b, other].filter((one) => one !== undefined) })).toEqual([
      'c: expected failed with COMMAND_FAILED after 0 retries, got failed with WORKER_LOST after 0 retries: gone',
    ]);
  });

  it('do not hold when no task was retried', () => {
    const [a, , c] = good();
    const b = outcome({ id: 'b', band: 'low' }, 10);
    expect(against({ outcomes: [a, b, c].filter((one) => one !== undefined) })).toEqual([
      'b: expected completed after 1 retries, got completed after 0 retries',
      '0 of 1 tasks completed after a retry',
    ]);
  });

  it('do not hold when urgent tasks waited longer than low ones', () => {
    const [, b, c] = good();
    const slow = outcome({ id: 'a', band: 'critical' }, 50);
    expect(against({ outcomes: [slow, b, c].filter((one) => one !== undefined) })).toEqual([
      'half of the critical tasks waited 50 ms, half of the low ones 10 ms',
    ]);
  });
});
