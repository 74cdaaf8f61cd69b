import { initialTransition, transition } from 'xstate';
import type { SnapshotFrom } from 'xstate';
import { aimed, eventOf } from './moves.arbitraries.ts';
import type { Move } from './moves.arbitraries.ts';
import { taskEffects } from './task.effects.ts';
import type { TaskEffect } from './task.effects.ts';
import { taskMachine } from './task.machine.ts';
import { stepOf } from './task.table.ts';
import type { TaskMachineState } from './task.table.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';

export type TaskMachineSnapshot = SnapshotFrom<typeof taskMachine>;

export interface Step {
  readonly before: TaskMachineSnapshot;
  readonly event: TaskMachineEvent;
  readonly next: TaskMachineSnapshot;
}

export const machineStateOf = ({ value, context }: TaskMachineSnapshot): TaskMachineState => ({
  state: value,
  context,
});

/** What follows from an event; nothing when it does not apply. */
export const effectsOf = (before: TaskMachineSnapshot, event: TaskMachineEvent): TaskEffect[] => {
  const step = stepOf(machineStateOf(before), event);
  return step ? taskEffects(step) : [];
};

/** A task that is not in the journal yet. */
export const fresh = (context: TaskContext): TaskMachineSnapshot =>
  initialTransition(taskMachine, context)[0];

export const after = (snapshot: TaskMachineSnapshot, event: TaskMachineEvent): TaskMachineSnapshot =>
  transition(taskMachine, snapshot, event)[0];

/** Every step of a life, one millisecond apart. */
export const walk = (start: TaskMachineSnapshot, moves: readonly Move[]): Step[] => {
  let before = start;
  return moves.map((move, index) => {
    const event = eventOf(aimed(move, before.value), before.context, 1_000 + index);
    const step = { before, event, next: after(before, event) };
    before = step.next;
    return step;
  });
};
