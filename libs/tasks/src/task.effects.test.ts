import { describe, expect, it } from 'vitest';
import type { Problem } from '@precedent/kernel';
import { EVENT_TYPES, aMove, eventOf } from './moves.arbitraries.ts';
import type { Move } from './moves.arbitraries.ts';
import { aContext, anOrder, aPolicy } from './task.arbitraries.ts';
import { PAUSE_MAX_MS, PAUSE_MS } from './task.records.ts';
import type { Announcement, TaskEffect } from './task.effects.ts';
import type { ChangeRecord } from './records.ts';
import { LOSSES_MAX, taskMachine } from './task.machine.ts';
import type { PreemptionOrder } from './attempts.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';
import type { TaskStateName, VictimEnd } from './task-state.ts';
import { effectsOf } from './walk.arbitraries.ts';

/** The effects of one event at 5,000 in a state; a leased task has epoch 3 and worker W1. */
const effects = (
  state: TaskStateName,
  context: Partial<TaskContext>,
  type: TaskMachineEvent['type'],
  given: Partial<Move> = {},
): TaskEffect[] => {
  const before = taskMachine.resolveState({
    value: state,
    context: aContext({ attempt: 1, epoch: 3, timeouts: TIMEOUTS, ...context }),
  });
  return effectsOf(before, eventOf(aMove(type, given), before.context, 5_000));
};

const T1 = { id: 'T1', at: 5_000 } as const;
const journal = (record: ChangeRecord): TaskEffect => ({ kind: 'journal', record });
const announce = (event: Announcement): TaskEffect => ({ kind: 'announce', event });
const boom: Problem = { code: 'HANDLER_FAILED', message: 'boom' };
const TIMEOUTS = { queue: 0, attempt: 5, total: 7_200_000, heartbeat: 1_500, grace: 10_000 };
const TIMEOUT: Problem = {
  code: 'ATTEMPT_TIMEOUT',
  message: 'the attempt ran longer than timeouts.attempt (5ms)',
};
const SILENCE: Problem = {
  code: 'HEARTBEAT_TIMEOUT',
  message: 'the handler gave no sign of life within timeouts.heartbeat (1.5s)',
};
const TOTAL: Problem = { code: 'TOTAL_TIMEOUT', message: 'the task reached timeouts.total (2h 00m)' };

const settled = (state: 'failed' | 'cancelled' | 'timed_out', error: Problem): TaskEffect[] => [
  journal({ kind: 'settled', ...T1, state, error }),
  announce(state),
  { kind: 'settle' },
];
const completed = (result: unknown): TaskEffect[] => [
  journal({ kind: 'settled', ...T1, state: 'completed', result }),
  announce('completed'),
  { kind: 'settle' },
];
const retrying = (dueAt: number, error: Problem): TaskEffect[] => [
  journal({ kind: 'retrying', ...T1, dueAt, error }),
  announce('retrying'),
];
const requeued = (why: 'returned' | 'lost' | 'yielded'): TaskEffect[] => [
  journal({ kind: 'requeued', ...T1, why }),
  { kind: 'enqueue' },
  announce('requeued'),
];
const stopping = (stop: 'timeout' | 'heartbeat' | 'total'): TaskEffect[] => [
  journal({ kind: 'stopping', ...T1, stop }),
  { kind: 'stop', cause: stop },
  announce('stopping'),
];
const stoppingForCancel = (reason: string): TaskEffect[] => [
  journal({ kind: 'stopping', ...T1, stop: 'cancel', reason }),
  { kind: 'stop', cause: 'cancel' },
  announce('stopping'),
];

const preempting = (given: Partial<PreemptionOrder> = {}): TaskEffect[] => [
  journal({ kind: 'preempting', ...T1, ...anOrder(given) }),
  { kind: 'preempt' },
];
const preempted = (end: VictimEnd, dueAt = 6_000): TaskEffect[] => [
  journal({ kind: 'preempted', ...T1, end, dueAt }),
  announce('preempted'),
];
/** The same, with the end of a victim in the record. */
const inGrace = ([first, ...rest]: TaskEffect[], end: VictimEnd): TaskEffect[] => {
  const isEnd =
    first?.kind === 'journal' && (first.record.kind === 'settled' || first.record.kind === 'retrying');
  return isEnd ? [journal({ ...first.record, end }), ...rest] : [];
};

const frozen = { preempt: anOrder({ mode: 'suspend', frozen: true }) };
const none = { retries: 2 };
const victim = { preempt: anOrder() };
const died: Problem = { code: 'COMMAND_FAILED', message: 'exit 143', details: { signal: 'SIGTERM' } };

describe('the effects of a step', () => {
  it.each<
    [
      state: TaskStateName,
      type: TaskMachineEvent['type'],
      context: Partial<TaskContext>,
      effects: TaskEffect[],
    ]
  >([
    ['pending', 'ADMITTED', {}, [{ kind: 'enqueue' }]],
    ['pending', 'REJECTED', {}, []],
    ['queued', 'QUEUE_EXPIRED', {}, settled('timed_out', boom)],
    ['queued', 'TOTAL_EXPIRED', {}, settled('timed_out', TOTAL)],
    [
      'queued',
      'CANCEL_REQUESTED',
      {},
      settled('cancelled', { code: 'CANCELLED', message: 'cancelled: not needed' }),
    ],
    ['retrying', 'BACKOFF_ELAPSED', {}, [journal({ kind: 'due', ...T1 }), { kind: 'enqueue' }]],
    ['retrying', 'TOTAL_EXPIRED', {}, settled('timed_out', TOTAL)],
    [
      'retrying',
      'CANCEL_REQUESTED',
      {},
      settled('cancelled', { code: 'CANCELLED', message: 'cancelled: not needed' }),
    ],
    ['running', 'COMPLETED', {}, completed('done')],
    ['running', 'FAILED', {}, retrying(6_000, boom)],
    ['running', 'FAILED', { retries: 1 }, retrying(7_000, boom)],
    ['running', 'FAILED', none, settled('failed', boom)],
    ['running', 'RETURNED', {}, requeued('returned')],
    ['running', 'YIELDED', {}, requeued('yielded')],
    ['running', 'STOPPED', {}, []],
    ['running', 'LOST', {}, requeued('lost')],
    ['running', 'LOST', { losses: LOSSES_MAX }, settled('failed', boom)],
    ['running', 'ATTEMPT_EXPIRED', {}, stopping('timeout')],
    ['running', 'HEARTBEAT_EXPIRED', {}, stopping('heartbeat')],
    ['running', 'TOTAL_EXPIRED', {}, stopping('total')],
    ['running', 'CANCEL_REQUESTED', {}, stoppingForCancel('not needed')],
    [
      'preempting',
      'SUSPENDED',
      { preempt: anOrder({ mode: 'suspend' }) },
      [journal({ kind: 'suspended', ...T1, until: 8_000 }), announce('preempted')],
    ],
    [
      'preempting',
      'PREEMPTION_WITHDRAWN',
      { preempt: anOrder({ mode: 'suspend' }) },
      [journal({ kind: 'spared', ...T1 }), { kind: 'resume', decision: 'D1' }],
    ],
    [
      'suspended',
      'RESUMED',
      frozen,
      [journal({ kind: 'resumed', ...T1 }), { kind: 'resume', decision: 'D1' }, announce('started')],
    ],
    ['suspended', 'ESCALATED', frozen, preempting({ frozen: true })],
    ['suspended', 'LOST', frozen, requeued('lost')],
    ['suspended', 'COMPLETED', frozen, completed('done')],
    ['suspended', 'FAILED', frozen, retrying(6_000, boom)],
    ['suspended', 'CANCEL_REQUESTED', frozen, stoppingForCancel('not needed')],
    ['stopping', 'TOTAL_EXPIRED', { stop: 'timeout' }, stopping('total')],
    ['stopping', 'CANCEL_REQUESTED', { stop: 'timeout' }, stoppingForCancel('not needed')],
    ['stopping', 'CANCEL_REQUESTED', { stop: 'cancel' }, []],
    ['stopping', 'TOTAL_EXPIRED', { stop: 'cancel' }, []],
    ['stopping', 'COMPLETED', { stop: 'cancel' }, completed('done')],
    ['stopping', 'FAILED', { stop: 'timeout' }, retrying(6_000, TIMEOUT)],
    ['stopping', 'RETURNED', { stop: 'heartbeat' }, retrying(6_000, SILENCE)],
    ['stopping', 'STOPPED', { stop: 'timeout' }, retrying(6_000, TIMEOUT)],
    ['stopping', 'YIELDED', { stop: 'timeout' }, retrying(6_000, TIMEOUT)],
    ['stopping', 'YIELDED', { stop: 'total' }, settled('timed_out', TOTAL)],
    ['stopping', 'GRACE_EXPIRED', { stop: 'timeout' }, retrying(6_000, TIMEOUT)],
    ['stopping', 'LOST', { stop: 'timeout', ...none }, settled('timed_out', TIMEOUT)],
    ['stopping', 'GRACE_EXPIRED', { stop: 'heartbeat', ...none }, settled('timed_out', SILENCE)],
    ['stopping', 'FAILED', { stop: 'total' }, settled('timed_out', TOTAL)],
    ['stopping', 'GRACE_EXPIRED', { stop: 'total' }, settled('timed_out', TOTAL)],
    [
      'stopping',
      'FAILED',
      { stop: 'cancel' },
      settled('cancelled', { code: 'CANCELLED', message: 'cancelled' }),
    ],
    ['running', 'PREEMPTED', {}, [...preempting(), announce('preempting')]],
    ['preempting', 'ESCALATED', victim, preempting()],
    ['preempting', 'PREEMPTION_WITHDRAWN', victim, [journal({ kind: 'spared', ...T1 })]],
    ['preempting', 'COMPLETED', victim, inGrace(completed('done'), 'finished_in_grace')],
    ['preempting', 'FAILED', victim, inGrace(retrying(6_000, boom), 'failed_in_grace')],
    ['preempting', 'FAILED', { ...victim, ...none }, inGrace(settled('failed', boom), 'failed_in_grace')],
    ['preempting', 'YIELDED', victim, preempted('yielded')],
    ['preempting', 'STOPPED', victim, preempted('aborted')],
    ['preempting', 'RETURNED', victim, preempted('aborted')],
    ['preempting', 'LOST', victim, preempted('lost_worker')],
    ['preempting', 'GRACE_EXPIRED', victim, preempted('lost_worker')],
    ['preempting', 'TOTAL_EXPIRED', victim, stopping('total')],
    ['preempting', 'CANCEL_REQUESTED', victim, stoppingForCancel('not needed')],
    ['preempting', 'PREEMPTED', victim, []],
    ['preempting', 'ATTEMPT_EXPIRED', victim, []],
    ['preempted', 'BACKOFF_ELAPSED', {}, [journal({ kind: 'due', ...T1 }), { kind: 'enqueue' }]],
    ['preempted', 'TOTAL_EXPIRED', {}, settled('timed_out', TOTAL)],
    [
      'preempted',
      'CANCEL_REQUESTED',
      {},
      settled('cancelled', { code: 'CANCELLED', message: 'cancelled: not needed' }),
    ],
  ])('are as listed in %s from %s, case %#', (state, type, context, expected) => {
    expect(effects(state, context, type)).toStrictEqual(expected);
  });

  it('journal a lease, then assign it, then announce it', () => {
    expect(effects('queued', {}, 'LEASED')).toStrictEqual([
      journal({ kind: 'leased', ...T1, worker: 'W1', session: 'W1-S', epoch: 4 }),
      { kind: 'assign' },
      announce('started'),
    ]);
  });

  it('name the reason of a cancel in the verdict, also when the code had to be stopped first', () => {
    const cancelled = (message: string): TaskEffect[] => settled('cancelled', { code: 'CANCELLED', message });
    expect(effects('stopping', { stop: 'cancel', reason: 'wrong file' }, 'FAILED')).toStrictEqual(
      cancelled('cancelled: wrong file'),
    );
    expect(effects('stopping', { stop: 'cancel', reason: '' }, 'GRACE_EXPIRED')).toStrictEqual(
      cancelled('cancelled'),
    );
    expect(effects('queued', {}, 'CANCEL_REQUESTED', { reason: '' })).toStrictEqual(cancelled('cancelled'));
  });

  it('keep the details of the worker about the end, under the cause of the stop', () => {
    expect(effects('stopping', { stop: 'timeout', ...none }, 'FAILED', { error: died })).toStrictEqual(
      settled('timed_out', { ...TIMEOUT, details: { signal: 'SIGTERM' } }),
    );
    expect(effects('stopping', { stop: 'total' }, 'FAILED', { error: died })).toStrictEqual(
      settled('timed_out', { ...TOTAL, details: { signal: 'SIGTERM' } }),
    );
  });

  it('journal a stricter order with the first decision, and the mode and the deadline of the latest order', () => {
    const order = { preempt: anOrder({ decision: 'D7', mode: 'delay', deadline: 5_100 }) };
    const stricter = { decision: 'D8', mode: 'immediate', deadline: 9_000 } as const;
    expect(effects('running', {}, 'PREEMPTED', stricter)).toStrictEqual([
      ...preempting(stricter),
      announce('preempting'),
    ]);
    expect(effects('preempting', order, 'ESCALATED', stricter)).toStrictEqual(
      preempting({ ...stricter, decision: 'D7' }),
    );
  });

  it('distinguish a victim that was killed from one that ended at the stop signal', () => {
    const killed: Problem = { code: 'COMMAND_FAILED', message: 'exit 137', details: { signal: 'SIGKILL' } };
    expect(effects('preempting', victim, 'STOPPED', { error: killed })).toStrictEqual(preempted('killed'));
    expect(effects('preempting', victim, 'STOPPED', { error: died })).toStrictEqual(preempted('aborted'));
    expect(effects('preempting', victim, 'LOST', { error: killed })).toStrictEqual(preempted('lost_worker'));
  });

  it('name no end of a victim when the task was stopped for another reason', () => {
    expect(effects('stopping', { stop: 'timeout' }, 'COMPLETED')).toStrictEqual(completed('done'));
    const [cancelled] = effects('stopping', { stop: 'cancel' }, 'FAILED');
    expect(cancelled?.kind === 'journal' && cancelled.record).not.toHaveProperty('end');
  });

  it('double the pause of a task with each preemption, up to half a minute', () => {
    const pauses = [0, 1, 2, 3, 4, 5, 100, 5_000].map((preemptions) => {
      const [first] = effects('preempting', { ...victim, preemptions }, 'YIELDED');
      return first?.kind === 'journal' && first.record.kind === 'preempted' ? first.record.dueAt - 5_000 : 0;
    });
    expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
    expect([PAUSE_MS, PAUSE_MAX_MS]).toEqual([1_000, 30_000]);
  });

  it('shorten the delay of a retry by the jitter of the event', () => {
    const retry = aPolicy({ delay: 1_000, jitter: 0.5 });
    expect(effects('running', { retry }, 'FAILED', { jitter: 0.5 })).toStrictEqual(retrying(5_750, boom));
    expect(effects('stopping', { retry, stop: 'timeout' }, 'GRACE_EXPIRED', { jitter: 0.5 })).toStrictEqual(
      retrying(5_750, TIMEOUT),
    );
  });

  it('are none when a report is of another epoch', () => {
    const contexts = { running: {}, stopping: { stop: 'total' }, preempting: victim } as const;
    const ofLease = EVENT_TYPES.filter((type) => 'epoch' in eventOf(aMove(type), aContext(), 0));
    for (const state of ['running', 'stopping', 'preempting'] as const) {
      for (const type of ofLease.filter((one) => one !== 'LEASED')) {
        for (const epoch of [-1, 1]) expect(effects(state, contexts[state], type, { epoch })).toEqual([]);
      }
    }
  });
});
