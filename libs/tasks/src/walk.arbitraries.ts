import { initialTransition, transition } from 'xstate';
import type { SnapshotFrom } from 'xstate';
import { aimed, eventOf } from './moves.arbitraries.ts';
import type { Move } from './moves.arbitraries.ts';
import type { TaskMoment } from './task.effects.ts';
import { taskMachine } from './task.machine.ts';
import type { TaskContext, TaskEventOf } from './task.machine.ts';

export type TaskMachineSnapshot = SnapshotFrom<typeof taskMachine>;

export interface Step {
  readonly before: TaskMachineSnapshot;
  readonly event: TaskEventOf;
  readonly next: TaskMachineSnapshot;
}

export const momentOf = ({ value, context }: TaskMachineSnapshot): TaskMoment => ({ state: value, context });

/** A task at the door. */
export const fresh = (context: TaskContext): TaskMachineSnapshot =>
  initialTransition(taskMachine, context)[0];

export const after = (snapshot: TaskMachineSnapshot, event: TaskEventOf): TaskMachineSnapshot =>
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
