import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lives } from './moves.arbitraries.ts';
import { aContext, policies } from './task.arbitraries.ts';
import { PAUSE_MAX_MS, PAUSE_MS } from './task.records.ts';
import { announcementOf } from './task.effects.ts';
import type { TaskEffect } from './task.effects.ts';
import { isLeased, isSettled } from './task-state.ts';
import { effectsOf, fresh, walk } from './walk.arbitraries.ts';

describe('in every life, the effects of a step', () => {
  const forEveryStep = (
    check: (step: ReturnType<typeof walk>[number], effects: TaskEffect[], kinds: string[]) => void,
  ): void => {
    fc.assert(
      fc.property(policies, lives, (retry, moves) => {
        for (const step of walk(fresh(aContext({ retry })), moves)) {
          const follow = effectsOf(step.before, step.event);
          check(
            step,
            follow,
            follow.map(({ kind }) => kind),
          );
        }
      }),
      { numRuns: 200 },
    );
  };

  it('journals each change of a task once, before any other effect', () => {
    forEveryStep(({ before, next }, _, kinds) => {
      const changed = before.value !== next.value || before.context !== next.context;
      const isJournaled = changed && before.value !== 'pending';
      expect(kinds.lastIndexOf('journal')).toBe(isJournaled ? 0 : -1);
      if (!changed) expect(kinds).toEqual([]);
    });
  });

  it('announces the event that readers of the journal derive from the record', () => {
    forEveryStep(({ before }, follow) => {
      const [first] = follow;
      const announced = follow.flatMap((effect) => (effect.kind === 'announce' ? [effect.event] : []));
      const isRecord = first?.kind === 'journal';
      const { ahead } = before.context;
      const derived = isRecord ? announcementOf(first.record, { state: before.value, ahead }) : undefined;
      expect(announced).toEqual(derived === undefined ? [] : [derived]);
    });
  });

  it('enqueues every task that becomes queued or is moved to another queue, and no other', () => {
    forEveryStep(({ before, next, event }, _, kinds) => {
      const enters = before.value !== 'queued' || event.type === 'BAND_CHANGED';
      expect(kinds.includes('enqueue')).toBe(next.value === 'queued' && enters);
    });
  });

  it('settles every verdict once, and assigns every lease once', () => {
    forEveryStep(({ before, next }, _, kinds) => {
      const isVerdict = isSettled(next.value) && before.value !== next.value && next.value !== 'rejected';
      expect(kinds.filter((kind) => kind === 'settle')).toHaveLength(isVerdict ? 1 : 0);
      expect(kinds.includes('assign')).toBe(next.context.epoch !== before.context.epoch);
    });
  });
  it('sends an order to leave whenever a task becomes a victim or gets a stricter order, and no stop', () => {
    forEveryStep(({ before, next, event }, follow, kinds) => {
      if (event.type === 'BAND_CHANGED') return;
      expect(kinds.includes('preempt')).toBe(follow.length > 0 && next.value === 'preempting');
      const isStop = follow.length > 0 && next.value === 'stopping';
      expect(kinds.filter((kind) => kind === 'stop')).toHaveLength(isStop ? 1 : 0);
      const order = before.context.preempt;
      const goesOn = follow.length > 0 && order !== undefined && next.value === 'running';
      expect(kinds.includes('resume')).toBe(goesOn && order.mode === 'suspend');
    });
  });

  it('names the end of every victim once: with its preemption, or with its own end', () => {
    forEveryStep(({ before, next }, follow) => {
      const ends = follow.flatMap((effect) =>
        effect.kind === 'journal' && 'end' in effect.record ? [effect.record.end] : [],
      );
      const isOver = before.value === 'preempting' && !isLeased(next.value);
      if (before.value === 'suspended') return expect(ends).toEqual([]);
      expect(ends).toHaveLength(isOver ? 1 : 0);
      if (next.value === 'completed' && isOver) expect(ends).toEqual(['finished_in_grace']);
      if (['failed', 'retrying'].includes(next.value) && isOver) expect(ends).toEqual(['failed_in_grace']);
    });
  });

  it('pauses every victim for a second to half a minute', () => {
    forEveryStep((_, follow) => {
      for (const effect of follow) {
        if (effect.kind !== 'journal' || effect.record.kind !== 'preempted') continue;
        const { at, dueAt } = effect.record;
        expect(dueAt - at).toBeGreaterThanOrEqual(PAUSE_MS);
        expect(dueAt - at).toBeLessThanOrEqual(PAUSE_MAX_MS);
      }
    });
  });
});
