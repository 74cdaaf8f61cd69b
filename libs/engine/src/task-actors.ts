import { ChurnMap } from '@precedent/kernel';
import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import { STATES, contextOf, isLeased, stepOf, taskEffects, taskMachine } from '@precedent/tasks';
import type { TaskEffect, TaskEventOf, TaskMoment, TaskRow, TaskStateName } from '@precedent/tasks';

type TaskActor = Actor<typeof taskMachine>;
type TaskSnapshot = ReturnType<typeof taskMachine.resolveState>;

const NOBODY = {
  attempt: 0,
  retries: 0,
  losses: 0,
  epoch: 0,
  worker: undefined,
  stop: undefined,
  preemptions: 0,
  resuming: false,
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
} as const;

/** One snapshot of each state. That of a task differs from it only in its context. */
const STILL = Object.fromEntries(
  STATES.map((value) => [value, taskMachine.resolveState({ value, context: NOBODY })]),
) as Record<TaskStateName, TaskSnapshot>;

/**
 * The task machine, but for two things. It takes a snapshot as it is: XState would work out its state nodes anew at every
 * revival and look through the context for actors; here the nodes are known, and there are none. And it steps by the
 * table, which says what the machine says at a fifth of the cost.
 */
const logic = Object.create(taskMachine, {
  restoreSnapshot: { value: (snapshot: unknown) => snapshot },
  transition: {
    value: (snapshot: TaskSnapshot, event: TaskEventOf): TaskSnapshot => {
      const before = { state: snapshot.value, context: snapshot.context };
      const after = stepOf(before, event);
      return after === before ? snapshot : { ...STILL[after.state], context: after.context };
    },
  },
}) as typeof taskMachine;

/** The register of a system is a `Map` that its children pass through; see `ChurnMap` for why it must not last. */
const CHILDREN_MAX = 256;

/**
 * The live actors: one for each task that something is happening to. A task that only waits has none; its row brings an
 * actor to life at the next event.
 *
 * All of them live in one actor system, through XState's internal `parent` option: an actor with a system of its own
 * costs twice the memory. Nothing here may use `after` or `invoke`: with a shared system both are slow.
 */
export class TaskActors {
  #parent = sharedParent();
  #children = 0;
  readonly #live = new ChurnMap<TaskRow, TaskActor>();

  get size(): number {
    return this.#live.size;
  }

  /** Sends an event to the task's actor and tells what follows; the row itself is not touched. */
  send(row: TaskRow, event: TaskEventOf): TaskEffect[] {
    const actor = this.#live.get(row) ?? this.#revive(row);
    const before = momentOf(actor);
    actor.send(event);
    const after = momentOf(actor);
    if (isLeased(after.state)) this.#live.set(row, actor);
    else this.#live.delete(row);
    return taskEffects(row.id, before, event, after);
  }

  #revive(row: TaskRow): TaskActor {
    const snapshot = { ...STILL[row.state], context: contextOf(row) };
    const options = { snapshot, input: NOBODY, parent: this.#nextParent() };
    return createActor(logic, options as { snapshot: typeof snapshot; input: typeof NOBODY }).start();
  }

  #nextParent(): object {
    if (++this.#children % CHILDREN_MAX === 0) this.#parent = sharedParent();
    return this.#parent;
  }
}

const momentOf = (actor: TaskActor): TaskMoment => {
  const { value, context } = actor.getSnapshot();
  return { state: value, context };
};

const sharedParent = (): object => {
  const { system } = createActor(taskMachine, { input: NOBODY });
  return { system, sessionId: 'engine', id: 'engine', _send: () => undefined };
};
