import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { getShortestPaths } from 'xstate/graph';
import {
  EVENT_TYPES,
  NEXT,
  aContext,
  aMove,
  aPolicy,
  aimed,
  eventOf,
  lives,
  policies,
  viaJson,
} from './task.arbitraries.ts';
import type { Move } from './task.arbitraries.ts';
import { after, fresh, walk } from './walk.arbitraries.ts';
import type { Step, TaskMachineSnapshot } from './walk.arbitraries.ts';
import { LOSSES_MAX, taskMachine } from './task.machine.ts';
import type { TaskContext, TaskEventOf } from './task.machine.ts';
import { STATES, isLeased, isSettled } from './task-state.ts';
import type { TaskStateName } from './task-state.ts';

const at = (value: TaskStateName, context: Partial<TaskContext> = {}): TaskMachineSnapshot =>
  taskMachine.resolveState({ value, context: aContext(context) });
const move = (
  snapshot: TaskMachineSnapshot,
  type: TaskEventOf['type'],
  given: Partial<Move> = {},
): TaskMachineSnapshot => after(snapshot, eventOf(aMove(type, given), snapshot.context, 5_000));

/** Runs `check` for every step of many lives. */
const forEveryStep = (check: (step: Step) => void): void => {
  fc.assert(
    fc.property(policies, lives, (retry, moves) => {
      for (const step of walk(fresh(aContext({ retry })), moves)) check(step);
    }),
    { numRuns: 200 },
  );
};

const leased = { attempt: 1, epoch: 3, worker: 'W1' } as const;
const contextIn = (state: TaskStateName): Partial<TaskContext> => ({
  ...(isLeased(state) && leased),
  ...(state === 'stopping' && { stop: 'timeout' }),
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
  const stopped = (stop: TaskContext['stop'], given: Partial<TaskContext> = {}): TaskMachineSnapshot =>
    at('stopping', { ...leased, stop, ...given });
  it.each<
    [
      says: string,
      before: TaskMachineSnapshot,
      type: TaskEventOf['type'],
      to: TaskStateName,
      given?: Partial<Move>,
    ]
  >([
    ['a failure without a retry left', at('running', { ...leased, ...none }), 'FAILED', 'failed'],
    ['a failure that must not be retried', at('running', leased), 'FAILED', 'failed', { retryable: false }],
    ['the last loss', at('running', { ...leased, losses: LOSSES_MAX }), 'LOST', 'failed'],
    ['the loss before the last', at('running', { ...leased, losses: LOSSES_MAX - 1 }), 'LOST', 'queued'],
    ['the end of a cancelled attempt', stopped('cancel'), 'FAILED', 'cancelled'],
    ['the return of a cancelled attempt', stopped('cancel'), 'RETURNED', 'cancelled'],
    ['the loss of a cancelled attempt', stopped('cancel'), 'LOST', 'cancelled'],
    ['the grace of a cancelled attempt', stopped('cancel'), 'GRACE_EXPIRED', 'cancelled'],
    ['the end at the total time, retries left or not', stopped('total'), 'FAILED', 'timed_out'],
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
    const causes = (...types: TaskEventOf['type'][]): (string | undefined)[] => {
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
    const spent = (type: TaskEventOf['type']): object => {
      const { retries, losses, worker, epoch, attempt } = move(before, type).context;
      return { retries, losses, worker, epoch, attempt };
    };
    const unspent = { retries: 1, losses: 1, worker: undefined, epoch: 3, attempt: 1 };
    expect(spent('FAILED')).toEqual({ ...unspent, retries: 2 });
    expect(spent('LOST')).toEqual({ ...unspent, losses: 2 });
    expect(spent('RETURNED')).toEqual(unspent);
  });
});

describe('walking every path', () => {
  const everyEvent = ({ context }: TaskMachineSnapshot): TaskEventOf[] =>
    EVENT_TYPES.map((type) => eventOf(aMove(type), context, 1_000));
  /** Epochs and attempts rise for ever and decide nothing else, so two states that differ only in them are one. */
  const serializeState = ({ value, context: { stop, retries, losses } }: TaskMachineSnapshot): string =>
    JSON.stringify([value, stop, retries, losses]);
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

  it('reaches each verdict as quickly as the drawing says', () => {
    const shortest = (state: TaskStateName): string[] => {
      const ways = paths.filter((path) => path.state.value === state).toSorted((a, b) => a.weight - b.weight);
      return (ways[0]?.steps ?? [])
        .map(({ event }) => event.type)
        .filter((type) => !type.startsWith('xstate.'));
    };
    expect(shortest('rejected')).toEqual(['REJECTED']);
    expect(shortest('completed')).toEqual(['ADMITTED', 'LEASED', 'COMPLETED']);
    expect(shortest('cancelled')).toEqual(['ADMITTED', 'CANCEL_REQUESTED']);
    expect(shortest('failed')).toHaveLength(6);
    expect(shortest('timed_out')).toHaveLength(2);
  });

  it('can end from everywhere: by a cancel or the total time, and the end of the grace', () => {
    const open = paths.map(({ state }) => state).filter(({ value }) => value !== 'pending');
    for (const state of open) {
      for (const type of ['CANCEL_REQUESTED', 'TOTAL_EXPIRED'] as const) {
        const end = move(move(state, type), 'GRACE_EXPIRED');
        expect(isSettled(end.value), `${serializeState(state)} ${type}`).toBe(true);
      }
    }
  });
});

describe('in every life, a task', () => {
  it('sees all that there is to see: every state, the last loss, the last retry, both late and early reports', () => {
    const seen = new Set<unknown>();
    for (const moves of fc.sample(lives, { seed: 1, numRuns: 300 })) {
      for (const { before, event, next } of walk(fresh(aContext({ retry: aPolicy({ max: 2 }) })), moves)) {
        const late = 'epoch' in event && isLeased(before.value) ? event.epoch - before.context.epoch : 0;
        for (const fact of [
          next.value,
          `${next.context.losses} lost`,
          `${next.context.retries} tried`,
          `${late} late`,
        ])
          seen.add(fact);
      }
    }
    const facts = [...STATES, '10 lost', '2 tried', '-1 late', '1 late'];
    expect(facts.filter((fact) => !seen.has(fact))).toEqual([]);
  });

  it('is completed only by a report with the epoch of the moment before', () => {
    forEveryStep(({ before, event, next }) => {
      if (next.value !== 'completed' || before.value === 'completed') return;
      expect(event).toMatchObject({ type: 'COMPLETED', epoch: before.context.epoch });
      expect(isLeased(before.value)).toBe(true);
    });
  });

  it('never loses epochs, and gains one by a lease only', () => {
    forEveryStep(({ before, event, next }) => {
      const isLease = before.value === 'queued' && event.type === 'LEASED';
      if (isLease) expect(next.context.epoch).toBeGreaterThan(before.context.epoch);
      else expect(next.context.epoch).toBe(before.context.epoch);
      expect(next.context.attempt).toBe(before.context.attempt + (isLease ? 1 : 0));
    });
  });

  it('is not touched by a report of another epoch', () => {
    forEveryStep(({ before, event, next }) => {
      if (!('epoch' in event) || event.type === 'LEASED' || event.epoch === before.context.epoch) return;
      expect(next.value).toBe(before.value);
      expect(next.context).toBe(before.context);
    });
  });

  it('never has more retries or losses than it may', () => {
    forEveryStep(({ next: { context } }) => {
      expect(context.retries).toBeLessThanOrEqual(context.retry.max);
      expect(context.losses).toBeLessThanOrEqual(LOSSES_MAX);
    });
  });

  it('keeps its verdict', () => {
    forEveryStep(({ before, next }) => {
      if (!isSettled(before.value)) return;
      expect(next.value).toBe(before.value);
      expect(next.context).toBe(before.context);
    });
  });

  it('has a worker while it is leased, and a cause while it is stopping', () => {
    forEveryStep(({ next: { value, context } }) => {
      if (!isSettled(value)) expect(context.worker !== undefined).toBe(isLeased(value));
      expect(context.stop !== undefined).toBe(value === 'stopping');
      expect(context.reason !== undefined).toBe(context.stop === 'cancel');
    });
  });

  it('goes on the same after each step through JSON', () => {
    fc.assert(
      fc.property(policies, lives, (retry, moves) => {
        let live = fresh(aContext({ retry }));
        let stored = live;
        for (const [index, one] of moves.entries()) {
          const event = eventOf(aimed(one, live.value), live.context, 1_000 + index);
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
