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
import { contextOf } from './task-row.ts';
import type { TaskRow } from './task-row.ts';
import type { TaskMachineEvent } from './task-events.ts';

export type TaskMachineSnapshot = SnapshotFrom<typeof taskMachine>;

export interface Step {
  readonly before: TaskMachineSnapshot;
  readonly event: TaskMachineEvent;
  readonly next: TaskMachineSnapshot;
  /** When the lease that it has, or had last, was made. */
  readonly leasedAt: number;
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

/** The snapshot of a task that has an actor no more. */
export const ofRow = (row: TaskRow): TaskMachineSnapshot =>
  taskMachine.resolveState({ value: row.state, context: contextOf(row) });

/** A checkpoint step is no event for the machine; where it reports the start of the lease, the actor is read from the row again. */
export const goesOnFrom = (snapshot: TaskMachineSnapshot, row: TaskRow): TaskMachineSnapshot =>
  snapshot.context.ahead === row.run.ahead ? snapshot : ofRow(row);

/** Every step of a life, one millisecond apart. */
export const walk = (start: TaskMachineSnapshot, moves: readonly Move[]): Step[] => {
  const steps: Step[] = [];
  walkOn(start, moves, (step) => {
    steps.push(step);
    return step.next;
  });
  return steps;
};

/** The same, where `onStep` says from which snapshot the life goes on. */
export const walkOn = (
  start: TaskMachineSnapshot,
  moves: readonly Move[],
  onStep: (step: Step, index: number) => TaskMachineSnapshot,
): void => {
  let before = start;
  let leasedAt = 1_000;
  for (const [index, move] of moves.entries()) {
    const at = 1_000 + index;
    const event = eventOf(aimed(move, before.value), before.context, at, at - leasedAt);
    const next = after(before, event);
    if (next.context.epoch !== before.context.epoch) leasedAt = at;
    before = onStep({ before, event, next, leasedAt }, index);
  }
};
