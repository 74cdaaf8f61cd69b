import type { TaskView, WhyView } from '@precedent/contract-types';
import { TASK_STATES } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statusMessage } from './status-message.ts';

const NOW = 1_000_000;

const taskIn = (state: TaskView['state'], fields: Partial<TaskView> = {}): TaskView => ({
  id: 't',
  namespace: 'acme',
  project: 'web',
  type: 'build',
  band: 'low',
  pool: 'default',
  state,
  attempt: 1,
  retries: 0,
  submittedAt: NOW - 60_000,
  ...fields,
});

const whyOf = (task: TaskView, fields: Partial<WhyView> = {}): WhyView => ({
  task,
  reasons: [],
  preemptedBy: [],
  displaced: [],
  decisions: [],
  ...fields,
});

const textOf = (task: TaskView, fields?: Partial<WhyView>): string =>
  statusMessage({ task, why: whyOf(task, fields) }, NOW);

/** A decision of a preemptor of band critical, as the engine records it. */
const decision = {
  id: 'd',
  at: NOW,
  task: 'urgent',
  outcome: 'preempted',
  victims: ['t'],
  explanation: 'x',
  record: { decision: { preemptor: { base: 3 } } },
};

describe('what is said of a task', () => {
  it('that was preempted: by what, where it goes on, its place and when', () => {
    const checkpoint = { epoch: 2, seq: 7, at: NOW, bytes: 10 };
    const startsInMs = { earliest: 20_000, likely: 40_000, latest: 90_000, basis: 'pace' as const };
    expect(
      textOf(taskIn('queued', { preemptions: 1, checkpoint }), {
        preemptedBy: [decision],
        place: { before: 2, ofBand: 9 },
        startsInMs,
      }),
    ).toBe('preempted by a critical task, goes on from checkpoint 7, 3rd in line, about 40 s');
  });

  it('that was preempted by a task of others names its band only where no other is possible', () => {
    const masked = { ...decision, record: null };
    expect(textOf(taskIn('preempted'), { preemptedBy: [masked] })).toBe(
      'preempted by a more urgent task, starts again',
    );
    expect(textOf(taskIn('preempted', { band: 'high' }), { preemptedBy: [masked] })).toBe(
      'preempted by a critical task, starts again',
    );
  });

  it('that waits, runs, is stopped, tried again or settled', () => {
    const waits = (reason: NonNullable<TaskView['waiting']>['reason']) =>
      taskIn('queued', { waiting: { reason, detail: 'no worker offers type evil' } });
    expect(textOf(waits('no_free_slot'), { place: { before: 0, ofBand: 1 } })).toBe(
      'waits for a free slot, 1st in line',
    );
    expect(textOf(waits('no_worker'))).toBe('waits for a worker that can run it');
    const progress = { fraction: 0.425, message: 'evil' };
    const endsInMs = { earliest: 1, likely: 130_000, latest: 3 };
    expect(textOf(taskIn('running', { progress }), { endsInMs })).toBe('runs, 43% done, about 2 min left');
    expect(textOf(taskIn('running', { attempt: 3 }))).toBe('runs, attempt 3');
    expect(textOf(taskIn('running', { stopping: 'preempt' }))).toBe(
      'gives up its slot to a more urgent task',
    );
    expect(textOf(taskIn('running', { stopping: 'cancel' }))).toBe('is being stopped');
    expect(textOf(taskIn('retrying', { dueAt: NOW + 5_000 }))).toBe(
      'waits to be tried again after 1 attempt, about 5 s',
    );
    expect(textOf(taskIn('completed', { startedAt: NOW - 12_000, settledAt: NOW }))).toBe(
      'completed, in 12 s',
    );
    expect(textOf(taskIn('failed', { attempt: 2 }))).toBe('failed after 2 attempts');
    expect(textOf(taskIn('timed_out'))).toBe('timed out after 1 attempt');
    expect(textOf(taskIn('cancelled'))).toBe('cancelled');
  });

  it.each([
    [11, '11th'],
    [12, '12th'],
    [21, '21st'],
    [102, '102nd'],
    [113, '113th'],
  ])('counts places as people do: %i', (place, text) => {
    expect(textOf(taskIn('queued'), { place: { before: place - 1, ofBand: 1 } })).toContain(
      `${text} in line`,
    );
  });

  it('holds no word that the task or its submitter wrote', () => {
    const canary = fc.constant('CANARY');
    const reasons = [
      'no_worker',
      'no_free_slot',
      'machine_load',
      'backoff',
      'preempted',
      'assigned',
    ] as const;
    const view = fc.record({
      state: fc.constantFrom(...TASK_STATES),
      band: fc.constantFrom(...BANDS),
      reason: fc.constantFrom(...reasons),
      words: canary,
    });
    fc.assert(
      fc.property(view, fc.nat(), ({ state, band, reason, words }, n) => {
        const task = taskIn(state, {
          band,
          id: words,
          name: words,
          type: words,
          pool: words,
          project: words,
          worker: words,
          waiting: { reason, detail: words },
          progress: { fraction: n / 2 ** 31, message: words },
          error: { code: 'HANDLER_FAILED', message: words },
          result: words,
          preemptions: n,
        });
        const said = { ...decision, task: words, explanation: words, record: words };
        expect(textOf(task, { reasons: [words], preemptedBy: [said] })).not.toContain(words);
      }),
    );
  });
});
