import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aRunning } from './builders.arbitraries.ts';
import { HIGH, LOW, NORMAL, withClass } from './cases.arbitraries.ts';
import { costBucket, costOf } from './cost.ts';
import { atDeadline } from './escalation.ts';
import { MODES, gentlerOf } from './mode.ts';
import type { Mode } from './mode.ts';
import { modeOf, timesOf } from './mode-choice.ts';
import { DEFAULT_POLICY } from './policy.ts';
import type { Running } from './snapshot.ts';

const mode = fc.constantFrom(...MODES);

describe('the mode of a victim', () => {
  it.each<[string, Partial<Running>, Mode]>([
    ['at once, for low work', { base: LOW }, 'immediate'],
    ['at a checkpoint, for normal work', { base: NORMAL }, 'at_checkpoint'],
    ['at a checkpoint, for high work', { base: HIGH }, 'at_checkpoint'],
    ['never, for critical work', { base: 3 }, 'never'],
    ['what the task sets, when that is gentler', { base: LOW, override: { mode: 'delay' } }, 'delay'],
    [
      'what the task sets, when that is stricter',
      { base: HIGH, override: { mode: 'immediate' } },
      'immediate',
    ],
    ['at a checkpoint, when it cannot be frozen', { override: { mode: 'suspend' } }, 'at_checkpoint'],
    ['frozen, when it can be', { override: { mode: 'suspend' }, suspendable: true }, 'suspend'],
  ])('is %s', (_, task, expected) => {
    expect(modeOf(aRunning(task), 3, DEFAULT_POLICY)).toBe(expected);
  });

  it('is no stricter than what the band of the preemptor may demand', () => {
    const policy = withClass(NORMAL, { demands: 'delay' });
    expect(modeOf(aRunning(), NORMAL, policy)).toBe('delay');
    expect(modeOf(aRunning(), HIGH, policy)).toBe('immediate');
  });

  it('is the strictest that all allow', () => {
    fc.assert(
      fc.property(mode, mode, (victims, demands) => {
        const policy = withClass(HIGH, { demands });
        const task = aRunning({ override: { mode: victims }, suspendable: true });
        const applied = MODES.indexOf(modeOf(task, HIGH, policy));
        expect(applied).toBe(Math.min(MODES.indexOf(victims), MODES.indexOf(demands)));
        expect(gentlerOf(victims, demands)).toBe(MODES[applied]);
      }),
    );
  });
});

describe('the deadline of a victim', () => {
  it.each<[Mode, Partial<Running>, number, number]>([
    ['immediate', { base: LOW }, 0, 2_000 + 2_000],
    ['immediate', { base: LOW, override: { graceMs: 7 } }, 0, 7 + 2_000],
    ['at_checkpoint', { base: NORMAL }, 0, 30_000],
    ['at_checkpoint', { base: HIGH }, 0, 60_000],
    ['at_checkpoint', { base: HIGH, override: { checkpointDeadlineMs: 5 } }, 0, 5],
    ['suspend', {}, 0, 2_000],
    ['delay', { base: NORMAL, remaining: { p50Ms: 700, support: 9 } }, 700, 30_700],
    ['delay', { base: NORMAL, remaining: { p50Ms: 90_000, support: 9 } }, 60_000, 90_000],
    ['delay', { base: NORMAL, remaining: { p50Ms: 700, support: 1 } }, 60_000, 90_000],
    ['delay', { base: NORMAL }, 60_000, 90_000],
  ])('%s %j', (applied, task, signalAt, deadline) => {
    expect(timesOf(applied, aRunning(task), DEFAULT_POLICY, 0)).toEqual({ signalAt, deadline });
  });
});

describe('at its deadline a victim', () => {
  const end = (applied: Mode, task: Partial<Running> = {}) =>
    atDeadline(aRunning(task), applied, DEFAULT_POLICY, 1_000);

  it('that was left alone is requested to stop at a checkpoint', () => {
    expect(end('delay', { base: HIGH })).toEqual({ kind: 'signal', mode: 'at_checkpoint', deadline: 61_000 });
  });

  it('that reached no checkpoint, or could not be frozen, is aborted', () => {
    const aborted = { kind: 'signal', mode: 'immediate', deadline: 1_000 + 10_000 + 2_000 };
    expect(end('at_checkpoint', { base: HIGH })).toEqual(aborted);
    expect(end('suspend', { base: HIGH })).toEqual(aborted);
  });

  it('is spared where it forbids that', () => {
    expect(end('at_checkpoint', { override: { escalates: false } })).toEqual({ kind: 'spare' });
    expect(atDeadline(aRunning(), 'at_checkpoint', withClass(LOW, { escalates: false }), 0)).toEqual({
      kind: 'spare',
    });
    expect(end('never')).toEqual({ kind: 'spare' });
  });

  it('that should have been killed is presumed lost: its slot is not free', () => {
    expect(end('immediate')).toEqual({ kind: 'presume_lost' });
  });

  it('comes to an end from every mode, whatever it allows', () => {
    fc.assert(
      fc.property(mode, fc.boolean(), (first, escalates) => {
        const task = aRunning({ override: { escalates } });
        let step = atDeadline(task, first, DEFAULT_POLICY, 0);
        let steps = 1;
        for (; step.kind === 'signal'; steps++)
          step = atDeadline(task, step.mode, DEFAULT_POLICY, step.deadline);
        expect(steps).toBeLessThanOrEqual(3);
      }),
    );
  });

  it('has its deadline when the kill that follows abort and termination is due', () => {
    expect(timesOf('immediate', aRunning(), DEFAULT_POLICY, 100).deadline).toBe(4_100);
  });
});

describe('the cost of a victim', () => {
  const NOW = 10_000;

  it.each<[string, Mode, Partial<Running>, number]>([
    ['the work since it started', 'immediate', { startedAt: 4_000 }, 6_000],
    ['the work since its last checkpoint', 'immediate', { startedAt: 4_000, checkpointedAt: 9_000 }, 1_000],
    [
      'the work since it was resumed, when its checkpoint is older',
      'immediate',
      { startedAt: 4_000, checkpointedAt: 1 },
      6_000,
    ],
    ['the time until its next checkpoint', 'at_checkpoint', { startedAt: 4_000, checkpointInMs: 300 }, 300],
    [
      'the work since its last checkpoint, when the next is unknown',
      'at_checkpoint',
      { startedAt: 4_000 },
      6_000,
    ],
    ['nothing, when it is frozen', 'suspend', { startedAt: 4_000 }, 0],
  ])('is %s', (_, applied, task, lostMs) => {
    expect(costOf(aRunning(task), applied, NOW).lostMs).toBe(lostMs);
  });

  it('counts in powers of two, in whole numbers, however large it is', () => {
    const bucket = (lostMs: number) => costBucket({ lostMs, restoreMs: 0, undoMs: 0 });
    expect([0, 1, 2, 3, 1_022, 1_023].map(bucket)).toEqual([0, 1, 1, 2, 9, 10]);
    expect(bucket(2 ** 40)).toBe(30);
    expect(costBucket({ lostMs: 1, restoreMs: 1, undoMs: 1 })).toBe(2);
  });
});
