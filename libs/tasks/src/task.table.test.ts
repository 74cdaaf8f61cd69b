import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_TYPES, aMove, eventOf, lives } from './moves.arbitraries.ts';
import { aContext, anOrder, modes, policies } from './task.arbitraries.ts';
import { LOSSES_MAX, taskMachine } from './task.machine.ts';
import { STATES } from './task-state.ts';
import { stepOf } from './task.table.ts';
import type { TaskMachineState } from './task.table.ts';
import type { TaskMachineEvent } from './task-events.ts';
import { after, fresh, machineStateOf, walk } from './walk.arbitraries.ts';

const contexts = fc
  .record(
    {
      retry: policies,
      retries: fc.nat(3),
      losses: fc.integer({ min: LOSSES_MAX - 1, max: LOSSES_MAX }),
      epoch: fc.nat(2),
      stop: fc.constantFrom('cancel' as const, 'timeout' as const, 'heartbeat' as const, 'total' as const),
      resuming: fc.boolean(),
      preempt: modes.map((mode) => anOrder({ mode })),
    },
    { requiredKeys: ['retry', 'losses'] },
  )
  .map(aContext);

const events = fc
  .record({
    type: fc.constantFrom(...EVENT_TYPES),
    epoch: fc.constantFrom(0, 0, 0, 1),
    retryable: fc.boolean(),
  })
  .map(({ type, ...given }) => aMove(type, given));

const nextOf = (before: TaskMachineState, event: TaskMachineEvent): TaskMachineState =>
  stepOf(before, event)?.next ?? before;

describe('the table of task.machine', () => {
  it('takes every step of every life as the machine does', () => {
    fc.assert(
      fc.property(policies, lives, (retry, life) => {
        for (const { before, event, next } of walk(fresh(aContext({ retry })), life))
          expect(nextOf(machineStateOf(before), event)).toEqual(machineStateOf(next));
      }),
      { numRuns: 200 },
    );
  });

  it('answers every event in every state as the machine does, whatever the task has been through', () => {
    fc.assert(
      fc.property(fc.constantFrom(...STATES), contexts, events, (state, context, move) => {
        const event = eventOf(move, context, 1_000);
        const before = taskMachine.resolveState({ value: state, context });
        expect(nextOf({ state, context }, event)).toEqual(machineStateOf(after(before, event)));
      }),
      { numRuns: 3_000 },
    );
  });
});
