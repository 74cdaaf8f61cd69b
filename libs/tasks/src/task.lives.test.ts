import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aimed, eventOf, lives } from './moves.arbitraries.ts';
import { aContext, aPolicy, policies, viaJson } from './task.arbitraries.ts';
import { LOSSES_MAX, taskMachine } from './task.machine.ts';
import { STATES, isLeased, isSettled } from './task-state.ts';
import { after, fresh, walk } from './walk.arbitraries.ts';
import type { Step } from './walk.arbitraries.ts';

/** Runs `check` for many lives. */
const forEveryLife = (check: (steps: readonly Step[]) => void): void => {
  fc.assert(
    fc.property(policies, lives, (retry, moves) => check(walk(fresh(aContext({ retry })), moves))),
    { numRuns: 200 },
  );
};
/** Runs `check` for every step of many lives. */
const forEveryStep = (check: (step: Step) => void): void => {
  forEveryLife((steps) => {
    for (const step of steps) check(step);
  });
};

const isLease = ({ before, event }: Step): boolean => before.value === 'queued' && event.type === 'LEASED';
const isResume = (step: Step): boolean => isLease(step) && step.before.context.resuming;
/** A victim has left its place. */
const isLeaving = ({ before, next }: Step): boolean =>
  before.value === 'preempting' && next.value === 'preempted';
/** A victim is frozen, and its place is free all the same. */
const isFreezing = ({ before, next }: Step): boolean =>
  before.value === 'preempting' && next.value === 'suspended';
/** What one preemption counts: an order that froze a task has been counted. */
const countOf = (step: Step): number =>
  (isLeaving(step) || isFreezing(step)) && !step.before.context.preempt?.frozen ? 1 : 0;

/** It was assigned ahead, and comes back before its code has started. */
const isReturnedUnstarted = ({ before, event, next }: Step): boolean =>
  before.context.ahead === true &&
  event.type === 'RETURNED' &&
  event.ranMs === undefined &&
  next.value === 'queued';

const factsOf = (step: Step): string[] => {
  const { before, event, next } = step;
  const late = 'epoch' in event && isLeased(before.value) ? event.epoch - before.context.epoch : 0;
  const { losses, retries, preemptions, attempt } = next.context;
  return [
    next.value,
    `${losses} lost`,
    `${retries} tried`,
    `${preemptions} preempted`,
    `${late} late`,
    ...(isResume(step) ? [`resumed ${attempt}`] : []),
    ...(isReturnedUnstarted(step) ? [`unstarted ${next.value}`] : []),
    ...(isLeased(before.value) && event.ranMs !== undefined ? [`started ${event.type}`] : []),
    ...(before.value === 'preempting' ? [`victim ${next.value}`] : []),
    ...(before.value === 'suspended' ? [`frozen ${next.value}`] : []),
  ];
};

describe('in every life, a task', () => {
  it('reaches every case: every state, the last loss, the last retry, every end of a victim', () => {
    const seen = new Set<unknown>();
    for (const moves of fc.sample(lives, { seed: 1, numRuns: 600 })) {
      for (const step of walk(fresh(aContext({ retry: aPolicy({ max: 2 }) })), moves))
        for (const fact of factsOf(step)) seen.add(fact);
    }
    const ends = ['completed', 'failed', 'retrying', 'preempted', 'stopping', 'running', 'preempting'];
    const thaws = ['completed', 'failed', 'retrying', 'queued', 'running', 'preempting', 'stopping'];
    const facts = [
      ...STATES,
      '10 lost',
      '2 tried',
      '7 preempted',
      '-1 late',
      '1 late',
      'resumed 1',
      'resumed 2',
      'unstarted queued',
      ...['COMPLETED', 'FAILED', 'RETURNED', 'PREEMPTED', 'LOST', 'CANCEL_REQUESTED'].map(
        (type) => `started ${type}`,
      ),
      ...[...ends, 'suspended'].map((end) => `victim ${end}`),
      ...thaws.map((end) => `frozen ${end}`),
    ];
    expect(facts.filter((fact) => !seen.has(fact))).toEqual([]);
  });

  it('is completed only by a report with the current epoch', () => {
    forEveryStep(({ before, event, next }) => {
      if (next.value !== 'completed' || before.value === 'completed') return;
      expect(event).toMatchObject({ type: 'COMPLETED', epoch: before.context.epoch });
      // No worker has a run: it ends with its steps.
      expect(isLeased(before.value) || before.value === 'orchestrating').toBe(true);
    });
  });

  it('never lowers its epoch, and raises it by a lease only', () => {
    forEveryStep((step) => {
      const { before, next } = step;
      if (isLease(step)) expect(next.context.epoch).toBeGreaterThan(before.context.epoch);
      else expect(next.context.epoch).toBe(before.context.epoch);
    });
  });

  it('starts another attempt with every lease, but goes on with the one that was interrupted, and counts none that never started', () => {
    forEveryStep((step) => {
      const { before, next } = step;
      const another = isLease(step) && !isResume(step) ? 1 : 0;
      const none = isReturnedUnstarted(step) && !before.context.resuming ? 1 : 0;
      expect(next.context.attempt).toBe(before.context.attempt + another - none);
    });
  });

  it('is not changed by a report of another epoch', () => {
    forEveryStep(({ before, event, next }) => {
      if (!('epoch' in event) || event.type === 'LEASED' || event.epoch === before.context.epoch) return;
      expect(next.value).toBe(before.value);
      expect(next.context).toBe(before.context);
    });
  });

  it('never has more retries or losses than the policy allows', () => {
    forEveryStep(({ next: { context } }) => {
      expect(context.retries).toBeLessThanOrEqual(context.retry.max);
      expect(context.losses).toBeLessThanOrEqual(LOSSES_MAX);
    });
  });

  it('spends one retry when it becomes retrying, one loss when its worker is lost, and neither otherwise', () => {
    forEveryStep(({ before, event, next }) => {
      const isRetry = before.value !== 'retrying' && next.value === 'retrying';
      const isLoss =
        ['running', 'suspended'].includes(before.value) && event.type === 'LOST' && next.value === 'queued';
      expect(next.context.retries).toBe(before.context.retries + (isRetry ? 1 : 0));
      expect(next.context.losses).toBe(before.context.losses + (isLoss ? 1 : 0));
    });
  });

  it('counts the times that it gave up its slot as a victim, and no others', () => {
    forEveryStep((step) => {
      const { before, next } = step;
      expect(next.context.preemptions).toBe(before.context.preemptions + countOf(step));
    });
  });

  it('keeps retries, attempt and epoch when it gives up its slot as a victim', () => {
    forEveryStep((step) => {
      if (!isLeaving(step)) return;
      const { preemptions, ...rest } = step.before.context;
      const left = { ...rest, preemptions: preemptions + countOf(step), worker: undefined, resuming: true };
      expect(step.next.context).toEqual({ ...left, preempt: undefined, ahead: undefined });
    });
  });

  it('keeps lease, worker, attempt and retries when it is suspended and resumed', () => {
    forEveryStep((step) => {
      const isThaw = step.before.value === 'suspended' && step.event.type === 'RESUMED';
      if (!isFreezing(step) && !(isThaw && step.next.value === 'running')) return;
      const { preemptions: _, preempt: __, ...was } = step.before.context;
      const { preemptions: ___, preempt: ____, ...is } = step.next.context;
      expect(is).toEqual(step.event.ranMs === undefined ? was : { ...was, ahead: undefined });
    });
  });

  it('keeps its verdict', () => {
    forEveryStep(({ before, next }) => {
      if (!isSettled(before.value)) return;
      expect(next.value).toBe(before.value);
      expect(next.context).toBe(before.context);
    });
  });

  it('has a worker while it is leased, a stop cause while it is stopping, and an order while it is a victim', () => {
    forEveryStep(({ next: { value, context } }) => {
      if (!isSettled(value)) expect(context.worker !== undefined).toBe(isLeased(value));
      expect(context.stop !== undefined).toBe(value === 'stopping');
      expect(context.reason !== undefined).toBe(context.stop === 'cancel');
      expect(context.preempt !== undefined).toBe(value === 'preempting' || value === 'suspended');
      if (value === 'suspended') expect(context.preempt?.frozen).toBe(true);
    });
  });

  it('is to be resumed from its interruption until its attempt is over', () => {
    forEveryStep((step) => {
      const { before, event, next } = step;
      const yields =
        ['running', 'suspended'].includes(before.value) &&
        next.value === 'queued' &&
        event.type === 'YIELDED';
      const { retries, losses } = next.context;
      const isOver = retries > before.context.retries || losses > before.context.losses;
      const expected = isLeaving(step) || yields || (before.context.resuming && !isOver);
      expect(next.context.resuming).toBe(expected);
    });
  });

  it('never runs or waits again once it is to be cancelled, whatever preempts it', () => {
    forEveryLife((steps) => {
      const from = steps.findIndex(({ next }) => next.context.stop === 'cancel');
      if (from === -1) return;
      for (const { next } of steps.slice(from))
        expect(['stopping', 'cancelled', 'completed']).toContain(next.value);
    });
  });

  it('goes on the same when each snapshot passes through JSON', () => {
    fc.assert(
      fc.property(policies, lives, (retry, moves) => {
        let live = fresh(aContext({ retry }));
        let stored = live;
        for (const [index, one] of moves.entries()) {
          const event = eventOf(aimed(one, live.value), live.context, 1_000 + index, index);
          live = after(live, event);
          stored = after(stored, viaJson(event));
          stored = taskMachine.resolveState({ value: stored.value, context: viaJson(stored.context) });
          expect([stored.value, viaJson(stored.context)]).toEqual([live.value, viaJson(live.context)]);
        }
      }),
      { numRuns: 200 },
    );
  });
});
