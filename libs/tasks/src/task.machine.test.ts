import { describe, expect, it } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import { EVENT_TYPES, NEXT, aMove, eventOf } from './moves.arbitraries.ts';
import type { Move } from './moves.arbitraries.ts';
import { aContext, anOrder, aPolicy } from './task.arbitraries.ts';
import { after } from './walk.arbitraries.ts';
import type { TaskMachineSnapshot } from './walk.arbitraries.ts';
import { LOSSES_MAX, taskMachine } from './task.machine.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';
import { STATES, isLeased, isSettled } from './task-state.ts';
import type { TaskStateName } from './task-state.ts';

const at = (value: TaskStateName, context: Partial<TaskContext> = {}): TaskMachineSnapshot =>
  taskMachine.resolveState({ value, context: aContext(context) });
const move = (
  snapshot: TaskMachineSnapshot,
  type: TaskMachineEvent['type'],
  given: Partial<Move> = {},
): TaskMachineSnapshot => after(snapshot, eventOf(aMove(type, given), snapshot.context, 5_000));

const leased = { attempt: 1, epoch: 3, worker: 'W1' } as const;
const contextIn = (state: TaskStateName): Partial<TaskContext> => ({
  ...(isLeased(state) && leased),
  ...(state === 'stopping' && { stop: 'timeout' }),
  ...(state === 'preempting' && { preempt: anOrder() }),
  ...(state === 'suspended' && { preempt: anOrder({ mode: 'suspend', frozen: true }), preemptions: 1 }),
  ...(state === 'preempted' && { resuming: true, preemptions: 1 }),
});
const cells = STATES.flatMap((state) => EVENT_TYPES.map((type) => ({ state, type, to: NEXT[state][type] })));

describe('the task machine', () => {
  it.each(cells.filter(({ to }) => to !== undefined))(
    'goes from $state by $type to $to',
    ({ state, type, to }) => {
      expect(move(at(state, contextIn(state)), type).value).toBe(to);
    },
  );

  it.each(cells.filter(({ to }) => to === undefined))('ignores $type in $state', ({ state, type }) => {
    const before = at(state, contextIn(state));
    const next = move(before, type);
    expect(next.value).toBe(state);
    expect(next.context).toBe(before.context);
  });

  it.each(
    cells.filter(({ state, type }) => isLeased(state) && 'epoch' in eventOf(aMove(type), aContext(), 0)),
  )('ignores $type in $state from an old epoch, and from one that was never given', ({ state, type }) => {
    const before = at(state, contextIn(state));
    for (const epoch of [-1, 1]) {
      const next = type === 'LEASED' ? before : move(before, type, { epoch });
      expect(next.value).toBe(state);
      expect(next.context).toBe(before.context);
    }
  });

  const none = { retries: 2 };
  const victim = (given: Partial<TaskContext> = {}): TaskMachineSnapshot =>
    at('preempting', { ...leased, preempt: anOrder(), ...given });
  const stopped = (stop: TaskContext['stop'], given: Partial<TaskContext> = {}): TaskMachineSnapshot =>
    at('stopping', { ...leased, stop, ...given });
  it.each<
    [
      says: string,
      before: TaskMachineSnapshot,
      type: TaskMachineEvent['type'],
      to: TaskStateName,
      given?: Partial<Move>,
    ]
  >([
    ['a failure without a retry left', at('running', { ...leased, ...none }), 'FAILED', 'failed'],
    ['a failure that must not be retried', at('running', leased), 'FAILED', 'failed', { retryable: false }],
    ['the last loss', at('running', { ...leased, losses: LOSSES_MAX }), 'LOST', 'failed'],
    ['the loss before the last', at('running', { ...leased, losses: LOSSES_MAX - 1 }), 'LOST', 'queued'],
    ['a failure of a victim without a retry left', victim(none), 'FAILED', 'failed'],
    ['a failure of a victim that must not be retried', victim(), 'FAILED', 'failed', { retryable: false }],
    ['the loss of a victim, of whatever number', victim({ losses: LOSSES_MAX }), 'LOST', 'preempted'],
    ['the end of a victim without a retry left', victim(none), 'STOPPED', 'preempted'],
    ['the failure of a cancelled attempt', stopped('cancel'), 'FAILED', 'cancelled'],
    ['the end of a cancelled attempt', stopped('cancel'), 'STOPPED', 'cancelled'],
    ['a cancelled attempt that came to a safe point', stopped('cancel'), 'YIELDED', 'cancelled'],
    ['the return of a cancelled attempt', stopped('cancel'), 'RETURNED', 'cancelled'],
    ['the loss of a cancelled attempt', stopped('cancel'), 'LOST', 'cancelled'],
    ['the grace of a cancelled attempt', stopped('cancel'), 'GRACE_EXPIRED', 'cancelled'],
    ['the end at the total time, retries left or not', stopped('total'), 'FAILED', 'timed_out'],
    ['a safe point at the total time', stopped('total'), 'YIELDED', 'timed_out'],
    ['a grace at the total time', stopped('total'), 'GRACE_EXPIRED', 'timed_out'],
    ['a timeout without a retry left', stopped('timeout', none), 'FAILED', 'timed_out'],
    ['a silence without a retry left', stopped('heartbeat', none), 'GRACE_EXPIRED', 'timed_out'],
    ['a silence with a retry left', stopped('heartbeat'), 'LOST', 'retrying'],
    [
      'a timeout that the worker will not retry',
      stopped('timeout'),
      'FAILED',
      'retrying',
      { retryable: false },
    ],
    [
      'a timeout that the policy will not retry',
      stopped('timeout', { retry: aPolicy({ nonRetryable: ['ATTEMPT_TIMEOUT'] }) }),
      'FAILED',
      'timed_out',
    ],
    [
      'a silence that the policy will not retry',
      stopped('heartbeat', { retry: aPolicy({ nonRetryable: ['HEARTBEAT_TIMEOUT'] }) }),
      'GRACE_EXPIRED',
      'timed_out',
    ],
    [
      'a silence where the policy excludes timeouts of another kind',
      stopped('heartbeat', { retry: aPolicy({ nonRetryable: ['ATTEMPT_TIMEOUT'] }) }),
      'FAILED',
      'retrying',
    ],
    ['a result that came before the end of the grace', stopped('cancel'), 'COMPLETED', 'completed'],
  ])('decides %s', (...[, before, type, to, given]) => {
    expect(move(before, type, given).value).toBe(to);
  });

  it('lets a cancel outrank the total time, and the total time a timeout', () => {
    const running = at('running', leased);
    const causes = (...types: TaskMachineEvent['type'][]): (string | undefined)[] => {
      let snapshot = running;
      return types.map((type) => (snapshot = move(snapshot, type)).context.stop);
    };
    expect(causes('ATTEMPT_EXPIRED', 'TOTAL_EXPIRED', 'CANCEL_REQUESTED')).toEqual([
      'timeout',
      'total',
      'cancel',
    ]);
    expect(causes('HEARTBEAT_EXPIRED', 'ATTEMPT_EXPIRED')).toEqual(['heartbeat', 'heartbeat']);
    expect(causes('CANCEL_REQUESTED', 'TOTAL_EXPIRED', 'ATTEMPT_EXPIRED')).toEqual([
      'cancel',
      'cancel',
      'cancel',
    ]);
  });

  it('keeps the reason of the first cancel while the code is being stopped, and forgets it with the verdict', () => {
    const once = move(at('running', leased), 'CANCEL_REQUESTED', { reason: 'first' });
    const twice = move(once, 'CANCEL_REQUESTED', { reason: 'second' });
    expect(twice.context).toBe(once.context);
    expect(once.context.reason).toBe('first');
    expect(move(once, 'FAILED').context).toMatchObject({ stop: undefined, reason: undefined });
  });

  it('spends a retry, a loss or nothing, and releases the worker', () => {
    const before = at('running', { ...leased, retries: 1, losses: 1 });
    const asVictim = move(before, 'PREEMPTED');
    const spent = (type: TaskMachineEvent['type'], from = before): object => {
      const { retries, losses, worker, epoch, attempt } = move(from, type).context;
      return { retries, losses, worker, epoch, attempt };
    };
    const unspent = { retries: 1, losses: 1, worker: undefined, epoch: 3, attempt: 1 };
    expect(spent('FAILED')).toEqual({ ...unspent, retries: 2 });
    expect(spent('LOST')).toEqual({ ...unspent, losses: 2 });
    expect(spent('RETURNED')).toEqual(unspent);
    expect(spent('YIELDED')).toEqual(unspent);
    for (const type of ['YIELDED', 'STOPPED', 'RETURNED', 'LOST', 'GRACE_EXPIRED'] as const)
      expect(spent(type, asVictim), type).toEqual(unspent);
    expect(spent('FAILED', asVictim)).toEqual({ ...unspent, retries: 2 });
  });
});

describe('the paths of the task machine', () => {
  const everyEvent = ({ context }: TaskMachineSnapshot): TaskMachineEvent[] =>
    [
      ...EVENT_TYPES.map((type) => aMove(type)),
      aMove('ADMITTED', { waits: true }),
      aMove('ADMITTED', { orchestrates: true }),
    ].map((each) => eventOf(each, context, 1_000));
  /** Epochs, attempts and preemptions rise for ever and decide nothing else: states that differ only in them are one. */
  const serializeState = ({ value, context }: TaskMachineSnapshot): string => {
    const { stop, retries, losses, resuming, preempt } = context;
    return JSON.stringify([value, stop, retries, losses, resuming, preempt]);
  };
  const paths = getShortestPaths(taskMachine, {
    input: aContext({ retry: aPolicy({ max: 1 }) }),
    events: everyEvent,
    serializeState,
  });

  it('reaches every declared state', () => {
    const reached = new Set(paths.map(({ state }) => state.value));
    expect(Object.keys(taskMachine.states).toSorted()).toEqual(STATES.toSorted());
    expect([...reached].toSorted()).toEqual(STATES.toSorted());
  });

  it('reaches each final state in as many steps as the drawing says', () => {
    const shortest = (state: TaskStateName): string[] => {
      const ways = paths.filter((path) => path.state.value === state).toSorted((a, b) => a.weight - b.weight);
      return (ways[0]?.steps ?? [])
        .map(({ event }) => event.type)
        .filter((type) => !type.startsWith('xstate.'));
    };
    expect(shortest('rejected')).toEqual(['REJECTED']);
    // A run of a workflow.
    expect(shortest('completed')).toEqual(['ADMITTED', 'COMPLETED']);
    expect(shortest('cancelled')).toEqual(['ADMITTED', 'CANCEL_REQUESTED']);
    expect(shortest('preempted')).toEqual(['ADMITTED', 'LEASED', 'PREEMPTED', expect.any(String)]);
    expect(shortest('failed')).toHaveLength(2);
    expect(shortest('skipped')).toEqual(['ADMITTED', 'JOIN_BROKEN']);
    expect(shortest('timed_out')).toHaveLength(2);
  });

  it('can end from every state: by a cancel or the total time, and the end of the grace', () => {
    const open = paths.map(({ state }) => state).filter(({ value }) => value !== 'pending');
    for (const state of open) {
      for (const type of ['CANCEL_REQUESTED', 'TOTAL_EXPIRED'] as const) {
        const end = move(move(state, type), 'GRACE_EXPIRED');
        expect(isSettled(end.value), `${serializeState(state)} ${type}`).toBe(true);
      }
    }
  });

  it('can go on from every state that has no verdict', () => {
    for (const { state } of paths) {
      const ways = everyEvent(state).filter((event) => after(state, event).value !== state.value);
      expect(ways.length > 0, serializeState(state)).toBe(!isSettled(state.value));
    }
  });
});
