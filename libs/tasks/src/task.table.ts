import type { TaskMoment } from './task.effects.ts';
import { taskMachine } from './task.machine.ts';
import type { TaskContext, TaskEventOf } from './task.machine.ts';
import { STATES } from './task-state.ts';
import type { TaskStateName } from './task-state.ts';

type Args = { readonly context: TaskContext; readonly event: TaskEventOf };
type Guard = (args: Args) => boolean;
type Change = (args: Args) => Partial<TaskContext>;
interface Way {
  readonly guard: Guard | undefined;
  readonly target: TaskStateName | undefined;
  readonly changes: readonly Change[];
}

/**
 * One step of task.machine, from a table that is read off the machine once. XState works out for every event which states are left
 * and entered; here all states are side by side, guards are plain functions and actions only assign, so that a look-up says the
 * same. That a machine is not of this kind is an error when the program starts, and a test compares both for every life.
 */
export const stepOf = (before: TaskMoment, event: TaskEventOf): TaskMoment => {
  const ways = TABLE[before.state].get(event.type);
  const args = { context: before.context, event };
  const way = ways?.find(({ guard }) => guard === undefined || guard(args));
  if (way === undefined) return before;
  let { context } = before;
  for (const change of way.changes) context = { ...context, ...change({ context, event }) };
  return { state: way.target ?? before.state, context };
};

const fits = (condition: boolean, problem: string): void => {
  if (!condition) throw new Error(`task.machine is not flat: ${problem}`);
};

const tableOf = (state: TaskStateName): ReadonlyMap<string, readonly Way[]> => {
  const node = taskMachine.root.states[state];
  const { entry = [], exit = [], always = [], invoke = [], transitions = [] } = node ?? {};
  fits(node !== undefined && node.parent === taskMachine.root, `no state ${state} at its top`);
  fits(
    [entry, exit, always, invoke].every(({ length }) => length === 0),
    `${state} does more than wait`,
  );
  return new Map([...transitions].map(([type, ways]) => [type, ways.map(wayOf)]));
};

interface Definition {
  readonly guard?: unknown;
  readonly target: readonly { readonly key: string }[] | undefined;
  readonly actions: readonly unknown[];
}

const wayOf = ({ guard, target = [], actions }: Definition): Way => {
  const [to] = STATES.filter((state) => target.some(({ key }) => key === state));
  fits(target.length === (to === undefined ? 0 : 1), 'a transition has several targets');
  return {
    guard: guard === undefined ? undefined : guardOf(guard),
    target: to,
    changes: actions.map(changeOf),
  };
};

const { guards, actions: changes } = taskMachine.implementations;

const guardOf = (name: unknown): Guard => {
  const guard: unknown = Reflect.get(guards, String(name));
  fits(typeof guard === 'function', `guard ${String(name)} is no plain function`);
  return guard as Guard;
};

/** An assignment is a function of everything, or has a value or a function for each field. */
const changeOf = (name: unknown): Change => {
  const action = Object(Reflect.get(changes, String(name)));
  fits(action.type === 'xstate.assign', `action ${String(name)} does more than assign`);
  const { assignment } = action;
  if (typeof assignment === 'function') return assignment as Change;
  const fields = Object.entries<unknown>(assignment);
  return (args) =>
    Object.fromEntries(
      fields.map(([field, value]) => [field, typeof value === 'function' ? value(args) : value]),
    );
};

const TABLE = Object.fromEntries(STATES.map((state) => [state, tableOf(state)])) as Record<
  TaskStateName,
  ReadonlyMap<string, readonly Way[]>
>;
