import { TASK_STATES } from '@precedent/contract-types';
import type { DecisionView, DryRunView, TaskView, WhyView } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskedDecision } from './mask-decision.ts';
import { maskedTask } from './mask-task.ts';
import { maskedDryRun, maskedWhy } from './mask-why.ts';

const RUNS = { numRuns: 500 };

/** In every text, and every figure, that is of others. */
const MARK = 'foreign';
const MARKED = 777_777;
const MARKS = new RegExp(`${MARK}|${MARKED}`);

const isOwn = (id: string): boolean => id.startsWith('own-');
const visible = { namespace: 'acme', seesTask: isOwn };

const own = fc.constantFrom('own-1', 'own-2', 'own-3');
const foreign = fc.constantFrom(`${MARK}-1`, `${MARK}-2`);
const ids = fc.oneof(own, foreign);
const ranks = fc.constantFrom(0, 1, 2, 3);
const tenants = fc.constantFrom('acme', `${MARK}-tenant`);
const reasons = fc.constantFrom('victims', 'reclaimed', 'natural_end', 'breaker', 'cap', '__proto__', 'new');
const outcomes = fc.constantFrom('preempted', 'express', 'no_free_slot', 'starts', 'toString', 'none');
/** Prose with ids in it, as the engine makes it. */
const prose = fc
  .tuple(foreign, foreign)
  .map(([a, b]) => `${a} (critical) takes its place on ${MARK}-session from ${b}. Of ${MARKED} running: 1.`);

const decisions: fc.Arbitrary<DecisionView> = fc
  .record({
    task: ids,
    victims: fc.uniqueArray(ids),
    reason: reasons,
    outcome: outcomes,
    base: ranks,
    tenant: tenants,
    explanation: prose,
  })
  .map(({ task, victims, reason, outcome, base, tenant, explanation }) => ({
    id: 'D1',
    at: 5,
    task,
    outcome,
    victims,
    explanation,
    record: {
      decision: {
        outcome,
        reason,
        worker: `${MARK}-session`,
        costMs: MARKED,
        pool: `${MARK}-pool`,
        preemptor: { id: task, base, tenant, waitedMs: MARKED },
        victims: victims.map((id) => ({ id, tenant: `${MARK}-tenant`, lostMs: MARKED })),
        candidates: { total: MARKED, chosen: 1, notNeeded: MARKED, rejected: { tenant: MARKED } },
      },
      snapshot: { waiting: [{ id: `${MARK}-3` }], workers: [{ id: `${MARK}-session` }] },
    },
  }));

const waitings: fc.Arbitrary<TaskView['waiting']> = fc.oneof(
  fc.constantFrom<TaskView['waiting']>(
    undefined,
    { reason: 'backoff', detail: 'retry 1 is due in 5s' },
    { reason: 'no_worker', detail: 'no worker offers type t in pool p' },
  ),
  fc
    .tuple(fc.constantFrom('no_free_slot' as const, 'machine_load' as const), prose)
    .map(([reason, detail]) => ({ reason, detail })),
);

const tasks: fc.Arbitrary<TaskView> = fc
  .record({
    id: own,
    band: fc.constantFrom(...BANDS),
    state: fc.constantFrom(...TASK_STATES),
    waiting: waitings,
    preemptions: fc.nat(2),
  })
  .map(({ waiting, ...task }) => ({
    namespace: 'acme',
    project: 'web',
    type: 't',
    pool: 'p',
    attempt: 1,
    retries: 0,
    submittedAt: 1,
    ...task,
    ...(waiting && { waiting }),
  }));

const whys: fc.Arbitrary<WhyView> = fc.record({
  task: tasks,
  reasons: fc.array(prose),
  place: fc.constant({ before: MARKED, ofBand: MARKED }),
  startsInMs: fc.constant({
    earliest: MARKED,
    likely: MARKED,
    latest: MARKED,
    basis: 'predictions' as const,
    support: MARKED,
  }),
  preemptedBy: fc.array(decisions),
  displaced: fc.array(decisions),
  decisions: fc.array(decisions),
});

const dryRuns: fc.Arbitrary<DryRunView> = fc.record({
  outcome: outcomes,
  explanation: prose,
  candidates: fc.array(
    fc.record({ id: ids, worker: fc.constant(`${MARK}-session`), fate: fc.constantFrom('chosen', 'band') }),
  ),
});

const leaksNothing = (masked: unknown): void => {
  expect(JSON.stringify(masked) ?? '').not.toMatch(MARKS);
};

describe('a masked view', () => {
  it.each<[string, fc.Arbitrary<unknown>]>([
    ['task', tasks.map(maskedTask)],
    ['decision', decisions.map((view) => maskedDecision(view, visible))],
    ['why', whys.map((view) => maskedWhy(view, visible))],
    ['dry run', dryRuns.map((view) => maskedDryRun(view, visible))],
  ])('of a %s holds no id, text or count of others', (_, masked) => {
    fc.assert(fc.property(masked, leaksNothing), RUNS);
  });

  it('of a decision tells of the own tasks in it, and what else is in the way without its name', () => {
    const decision = (task: string, base: number, tenant: string, victims: string[]): DecisionView => ({
      id: 'D1',
      at: 5,
      task,
      outcome: 'preempted',
      victims,
      explanation: MARK,
      record: { decision: { reason: 'victims', preemptor: { base, tenant } } },
    });
    expect(maskedDecision(decision('x', 3, 'bolt', ['own-1', 'y']), visible)).toEqual({
      id: 'D1',
      at: 5,
      task: '(hidden)',
      outcome: 'preempted',
      victims: ['own-1'],
      explanation:
        'a critical task of another namespace takes its place from own-1, tasks that the caller may not see.',
      record: null,
    });
    expect(maskedDecision(decision('x', 2, 'acme', ['own-1']), visible)?.explanation).toBe(
      'a high task that the caller may not see takes its place from own-1.',
    );
    expect(maskedDecision(decision('own-2', 2, 'acme', ['own-1']), visible)?.explanation).toBe(
      'own-2 takes its place from own-1.',
    );
    expect(maskedDecision(decision('x', 3, 'bolt', ['y']), visible)).toBeUndefined();
  });

  it.each([[null], ['text'], [{ decision: { preemptor: null, reason: {} } }], [undefined]])(
    'of a decision with the record %j is made without it',
    (record) => {
      const view = {
        id: 'D1',
        at: 5,
        task: 'x',
        outcome: 'preempted',
        victims: ['own-1'],
        explanation: MARK,
      };
      expect(maskedDecision({ ...view, record }, visible)?.explanation).toBe(
        'a task of another namespace takes its place from own-1.',
      );
    },
  );

  it('of why a task waits says so with its own retries, error and preemptions', () => {
    const task = {
      ...({ id: 'own-1', namespace: 'acme', project: 'web', type: 't', band: 'low', pool: 'p' } as const),
      ...({ state: 'retrying', attempt: 1, retries: 1, submittedAt: 1, preemptions: 2 } as const),
      waiting: { reason: 'backoff', detail: 'retry 1 is due in 5s' },
      error: { code: 'HANDLER_FAILED', message: 'no route to host' },
    } as const;
    const nothing = { preemptedBy: [], displaced: [], decisions: [] };
    const masked = maskedWhy({ task, reasons: [MARK], ...nothing }, visible);
    expect(masked).toEqual({
      task,
      reasons: ['retry 1 is due in 5s: no route to host', 'it was preempted 2 times'],
      ...nothing,
    });
  });

  it('of a start gives a coarse time, never an earlier one', () => {
    const times = fc.integer({ min: 0, max: 10_000_000 });
    fc.assert(
      fc.property(tasks, times, (task, likely) => {
        const startsInMs = { earliest: 0, likely, latest: 10 * likely, basis: 'pace' as const };
        const nothing = { reasons: [], preemptedBy: [], displaced: [], decisions: [] };
        const { startsInMs: coarse } = maskedWhy({ task, startsInMs, ...nothing }, visible);
        expect(coarse?.earliest).toBe(0);
        expect(coarse?.likely).toBeGreaterThanOrEqual(likely);
        expect(coarse?.likely).toBeLessThanOrEqual(Math.max(1, 2.5 * likely));
        expect(String(coarse?.latest)).toMatch(/^[0125]0*$/);
      }),
      RUNS,
    );
  });

  it('of a dry run keeps what would become of the own tasks, and no session', () => {
    const candidates = [
      { id: 'own-1', worker: 'session', fate: 'chosen' },
      { id: 'x', worker: 'session', fate: 'band' },
    ];
    const view = { startsOn: 'vm', outcome: 'preempted', explanation: MARK, candidates };
    expect(maskedDryRun(view, visible)).toEqual({
      startsOn: 'vm',
      outcome: 'preempted',
      explanation: 'it would take its place from running tasks of a lower band',
      candidates: [{ id: 'own-1', worker: '', fate: 'chosen' }],
    });
  });
});
