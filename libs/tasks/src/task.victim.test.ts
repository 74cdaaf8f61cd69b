import { describe, expect, it } from 'vitest';
import { aMove, eventOf } from './moves.arbitraries.ts';
import type { Move } from './moves.arbitraries.ts';
import { aContext, anOrder } from './task.arbitraries.ts';
import { taskMachine } from './task.machine.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';
import { after } from './walk.arbitraries.ts';
import type { TaskMachineSnapshot } from './walk.arbitraries.ts';

const move = (
  snapshot: TaskMachineSnapshot,
  type: TaskMachineEvent['type'],
  given: Partial<Move> = {},
): TaskMachineSnapshot => after(snapshot, eventOf(aMove(type, given), snapshot.context, 5_000));

const through = (start: TaskMachineSnapshot, ...types: TaskMachineEvent['type'][]): TaskMachineSnapshot =>
  types.reduce((snapshot, type) => move(snapshot, type), start);

const running = (given: Partial<TaskContext> = {}): TaskMachineSnapshot =>
  taskMachine.resolveState({
    value: 'running',
    context: aContext({ attempt: 1, epoch: 3, worker: 'W1', ...given }),
  });

describe('a victim', () => {
  it('has an order with its decision, mode and deadline', () => {
    const victim = move(running(), 'PREEMPTED', { decision: 'D7', mode: 'immediate', deadline: 9_000 });
    expect(victim.context.preempt).toEqual({ decision: 'D7', mode: 'immediate', deadline: 9_000 });
    expect(victim.context.worker).toBe('W1');
  });

  it('gets a stricter order of the same decision', () => {
    const victim = move(running(), 'PREEMPTED', { decision: 'D7', mode: 'at_checkpoint', deadline: 9_000 });
    const late = move(victim, 'ESCALATED', { decision: 'D8', mode: 'immediate', deadline: 11_000 });
    expect(late.context).toEqual({
      ...victim.context,
      preempt: { decision: 'D7', mode: 'immediate', deadline: 11_000 },
    });
  });

  it('runs on as before when its order is withdrawn', () => {
    const before = running({ retries: 1, losses: 2, preemptions: 1 });
    expect(through(before, 'PREEMPTED', 'PREEMPTION_WITHDRAWN').context).toEqual({
      ...before.context,
      preempt: undefined,
    });
  });

  it('may be preempted again, or yield, after its order was withdrawn', () => {
    expect(through(running(), 'PREEMPTED', 'PREEMPTION_WITHDRAWN', 'PREEMPTED').value).toBe('preempting');
    const late = through(running(), 'PREEMPTED', 'PREEMPTION_WITHDRAWN', 'YIELDED');
    expect([late.value, late.context.preemptions, late.context.resuming]).toEqual(['queued', 0, true]);
  });

  it('goes on with the same attempt, under a new epoch', () => {
    const resumed = through(running(), 'PREEMPTED', 'YIELDED', 'BACKOFF_ELAPSED', 'LEASED');
    expect(resumed.value).toBe('running');
    expect(resumed.context).toMatchObject({
      attempt: 1,
      epoch: 4,
      retries: 0,
      preemptions: 1,
      resuming: true,
    });
  });

  it('starts another attempt once it fails after its resume', () => {
    const resumed = through(running(), 'PREEMPTED', 'YIELDED', 'BACKOFF_ELAPSED', 'LEASED');
    const retried = through(resumed, 'FAILED', 'BACKOFF_ELAPSED', 'LEASED');
    expect(retried.context).toMatchObject({ attempt: 2, retries: 1, preemptions: 1 });
  });

  it('ignores reports of the lease that it lost', () => {
    const waiting = through(running(), 'PREEMPTED', 'GRACE_EXPIRED');
    const resumed = through(waiting, 'BACKOFF_ELAPSED', 'LEASED');
    for (const type of ['COMPLETED', 'FAILED', 'YIELDED', 'STOPPED', 'LOST', 'PREEMPTED'] as const) {
      expect(move(waiting, type).context, type).toBe(waiting.context);
      expect(move(resumed, type, { epoch: -1 }).context, type).toBe(resumed.context);
    }
  });

  it.each([
    ['CANCEL_REQUESTED', 'cancel', 'cancelled'],
    ['TOTAL_EXPIRED', 'total', 'timed_out'],
  ] as const)('is outranked by %s: it is stopped, and never preempted', (type, stop, verdict) => {
    const stopping = through(running(), 'PREEMPTED', type);
    expect(stopping.value).toBe('stopping');
    expect(stopping.context).toMatchObject({ stop, preempt: undefined, preemptions: 0 });
    for (const end of ['YIELDED', 'STOPPED', 'LOST', 'GRACE_EXPIRED'] as const)
      expect(move(stopping, end).value).toBe(verdict);
    for (const type of ['PREEMPTED', 'ESCALATED', 'PREEMPTION_WITHDRAWN'] as const)
      expect(move(stopping, type).context).toBe(stopping.context);
  });

  it.each([
    ['CANCEL_REQUESTED', 'cancelled'],
    ['TOTAL_EXPIRED', 'timed_out'],
  ] as const)('that has left ends at once by %s', (type, verdict) => {
    expect(through(running(), 'PREEMPTED', 'YIELDED', type).value).toBe(verdict);
    expect(through(running(), 'PREEMPTED', 'YIELDED', 'BACKOFF_ELAPSED', type).value).toBe(verdict);
  });

  it('ignores the attempt and heartbeat limits, because its order has a deadline', () => {
    const victim = move(running(), 'PREEMPTED');
    for (const type of ['ATTEMPT_EXPIRED', 'HEARTBEAT_EXPIRED'] as const)
      expect(move(victim, type).context).toBe(victim.context);
  });

  it('obeys its attempt and heartbeat limits while its order has mode delay, and is no victim after one of them', () => {
    for (const [type, stop] of [
      ['ATTEMPT_EXPIRED', 'timeout'],
      ['HEARTBEAT_EXPIRED', 'heartbeat'],
    ] as const) {
      const stopping = move(move(running(), 'PREEMPTED', { mode: 'delay' }), type);
      expect(stopping.value).toBe('stopping');
      expect(stopping.context).toMatchObject({ stop, preempt: undefined, preemptions: 0 });
    }
  });

  it('ignores a second decision before it has left', () => {
    const victim = move(running(), 'PREEMPTED', { decision: 'D7' });
    expect(move(victim, 'PREEMPTED', { decision: 'D8' }).context).toBe(victim.context);
    const left = move(victim, 'YIELDED');
    expect(move(left, 'PREEMPTED', anOrder()).context).toBe(left.context);
  });
});

describe('a suspended task', () => {
  const ordered = (given: Partial<TaskContext> = {}): TaskMachineSnapshot =>
    move(running(given), 'PREEMPTED', { decision: 'D7', mode: 'suspend', deadline: 6_000 });
  const frozen = (given: Partial<TaskContext> = {}): TaskMachineSnapshot =>
    move(ordered(given), 'SUSPENDED', { deadline: 90_000 });

  it('keeps its lease, and has a time until which the suspension may last', () => {
    expect(frozen().value).toBe('suspended');
    expect(frozen().context).toMatchObject({ attempt: 1, epoch: 3, worker: 'W1', resuming: false });
    expect(frozen().context.preempt).toEqual({
      decision: 'D7',
      mode: 'suspend',
      deadline: 90_000,
      frozen: true,
    });
  });

  it('goes on with the same lease after one preemption', () => {
    const before = running({ retries: 1, losses: 2 });
    const thawed = move(frozen({ retries: 1, losses: 2 }), 'RESUMED');
    expect(thawed.value).toBe('running');
    expect(thawed.context).toEqual({ ...before.context, preemptions: 1, preempt: undefined });
  });

  it('may be suspended again, and counts each time as a preemption', () => {
    const again = through(frozen(), 'RESUMED', 'PREEMPTED', 'SUSPENDED', 'RESUMED');
    expect([again.value, again.context.preemptions]).toEqual(['running', 2]);
  });

  it('is ended when it is suspended for too long, and counts one preemption', () => {
    const ended = move(frozen(), 'ESCALATED', { mode: 'immediate', deadline: 92_000 });
    expect(ended.value).toBe('preempting');
    expect(ended.context.preempt).toMatchObject({ decision: 'D7', mode: 'immediate', frozen: true });
    expect(move(ended, 'STOPPED').value).toBe('preempted');
    expect(move(ended, 'STOPPED').context).toMatchObject({ preemptions: 1, resuming: true });
  });

  it.each([
    ['LOST', 'queued', { losses: 1 }],
    ['RETURNED', 'queued', { losses: 0 }],
    ['YIELDED', 'queued', { resuming: true }],
    ['COMPLETED', 'completed', {}],
    ['FAILED', 'retrying', { retries: 1 }],
  ] as const)('ends by %s as a running one', (type, to, context) => {
    expect(move(frozen(), type).value).toBe(to);
    expect(move(frozen(), type).context).toMatchObject({ ...context, preemptions: 1, preempt: undefined });
  });

  it.each([
    ['CANCEL_REQUESTED', 'cancelled'],
    ['TOTAL_EXPIRED', 'timed_out'],
  ] as const)('is stopped by %s, as a running one', (type, verdict) => {
    expect(through(frozen(), type).value).toBe('stopping');
    expect(through(frozen(), type, 'STOPPED').value).toBe(verdict);
  });

  it('ignores attempt and heartbeat limits and further decisions', () => {
    for (const type of ['ATTEMPT_EXPIRED', 'HEARTBEAT_EXPIRED', 'PREEMPTED', 'QUEUE_EXPIRED'] as const)
      expect(move(frozen(), type).context).toEqual(frozen().context);
  });

  it('runs on when its order was withdrawn before the report of the suspension', () => {
    expect(through(ordered(), 'PREEMPTION_WITHDRAWN', 'SUSPENDED').value).toBe('running');
  });
});

describe('a task that was interrupted', () => {
  const resumed = (): TaskMachineSnapshot =>
    through(running(), 'PREEMPTED', 'YIELDED', 'BACKOFF_ELAPSED', 'LEASED');

  it('goes on with the same attempt when a worker gives it back in between, however often', () => {
    const again = through(resumed(), 'RETURNED', 'LEASED', 'RETURNED', 'LEASED');
    expect(again.context).toMatchObject({ attempt: 1, epoch: 6, retries: 0, losses: 0 });
  });

  it.each([
    ['FAILED', ['BACKOFF_ELAPSED', 'LEASED']],
    ['LOST', ['LEASED']],
  ] as const)('begins another attempt after %s, which a worker may give back as any', (type, then) => {
    expect(through(resumed(), type, ...then).context).toMatchObject({ attempt: 2, resuming: false });
    expect(through(resumed(), type, ...then, 'RETURNED', 'LEASED').context).toMatchObject({ attempt: 3 });
  });
});

describe('a task that yields without being a victim', () => {
  it('goes on with the same attempt at once, and counts no preemption', () => {
    const waiting = move(running({ retries: 1 }), 'YIELDED');
    expect(waiting.value).toBe('queued');
    expect(move(waiting, 'LEASED').context).toMatchObject({
      attempt: 1,
      epoch: 4,
      retries: 1,
      preemptions: 0,
    });
  });
});
