import { contextAfter } from './task-context.ts';
import type { TaskContext } from './task-context.ts';
import type { TaskMachineEvent } from './task-events.ts';
import { taskMachine } from './task.machine.ts';
import { recordOf } from './task.records.ts';
import type { RecordName, Transition } from './task.records.ts';
import type { ChangeRecord } from './records.ts';
import { STATES } from './task-state.ts';
import type { TaskStateName } from './task-state.ts';

/** Where a task is in its machine. */
export interface TaskMachineState {
  readonly state: TaskStateName;
  readonly context: TaskContext;
}

/** One transition that was taken. Without a record when the task is not in the journal before it. */
export interface TaskStep {
  readonly before: TaskMachineState;
  readonly next: TaskMachineState;
  readonly record: ChangeRecord | undefined;
}

type Guard = (of: Transition) => boolean;
interface TableTransition {
  readonly guard: Guard | undefined;
  readonly target: TaskStateName | undefined;
  readonly record: RecordName | undefined;
}

/**
 * One step of task.machine, from a table that is read off the machine once; `undefined` when the event does not apply, or is of an old
 * epoch. XState works out for every event which states are left and entered; here all states are side by side, guards are plain
 * functions and the only action records, so that a look-up gives the same result. A machine that is not of this kind is an error when the
 * program starts, and a test compares both for every life.
 */
export const stepOf = (before: TaskMachineState, event: TaskMachineEvent): TaskStep | undefined => {
  const { state, context } = before;
  const of = { context, event };
  const taken = TABLE[state].get(event.type)?.find(({ guard }) => guard === undefined || guard(of));
  if (taken === undefined) return undefined;
  const record = taken.record && recordOf(taken.record, of);
  const next = { state: taken.target ?? state, context: record ? contextAfter(context, record) : context };
  return { before, next, record };
};

const fits = (condition: boolean, problem: string): void => {
  if (!condition) throw new Error(`task.machine is not flat: ${problem}`);
};

const tableOf = (state: TaskStateName): ReadonlyMap<string, readonly TableTransition[]> => {
  const node = taskMachine.root.states[state];
  const { entry = [], exit = [], always = [], invoke = [], transitions = [] } = node ?? {};
  fits(node !== undefined && node.parent === taskMachine.root, `no state ${state} at its top`);
  fits(
    [entry, exit, always, invoke].every(({ length }) => length === 0),
    `${state} does more than wait`,
  );
  return new Map([...transitions].map(([type, choices]) => [type, choices.map(transitionOf)]));
};

interface Definition {
  readonly guard?: unknown;
  readonly target: readonly { readonly key: string }[] | undefined;
  readonly actions: readonly unknown[];
}

const transitionOf = ({ guard, target = [], actions }: Definition): TableTransition => {
  const [to] = STATES.filter((state) => target.some(({ key }) => key === state));
  fits(target.length === (to === undefined ? 0 : 1), 'a transition has several targets');
  return {
    guard: guard === undefined ? undefined : guardOf(guard),
    target: to,
    record: recordNameOf(actions),
  };
};

const guardOf = (name: unknown): Guard => {
  const guard: unknown = Reflect.get(taskMachine.implementations.guards, String(name));
  fits(typeof guard === 'function', `guard ${String(name)} is no plain function`);
  return guard as Guard;
};

const recordNameOf = (actions: readonly unknown[]): RecordName | undefined => {
  const [action, ...more] = actions.map(
    (each) => each as { readonly type: string; readonly params: RecordName },
  );
  fits(
    more.length === 0 && (action === undefined || action.type === 'record'),
    'an action does more than record',
  );
  return action?.params;
};

const TABLE = Object.fromEntries(STATES.map((state) => [state, tableOf(state)])) as Record<
  TaskStateName,
  ReadonlyMap<string, readonly TableTransition[]>
>;
