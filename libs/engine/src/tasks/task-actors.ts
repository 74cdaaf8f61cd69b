import { ChurnMap } from '@precedent/kernel';
import { createActor, fromTransition } from 'xstate';
import type { ActorRefFrom } from 'xstate';
import { contextOf, isLeased, stepOf, taskEffects } from '@precedent/tasks';
import type { TaskEffect, TaskEventOf, TaskMachineState, TaskRow, TaskStep } from '@precedent/tasks';

/** From now on the actor is another task. */
interface Embodied {
  readonly type: 'EMBODIED';
  readonly state: TaskMachineState;
}

/** The task machine, by the table that is read off it: it gives the machine's result at a fifth of the cost. */
const logicOf = (onStep: (step: TaskStep) => void) =>
  fromTransition(
    (state: TaskMachineState, event: TaskEventOf | Embodied): TaskMachineState => {
      if (event.type === 'EMBODIED') return event.state;
      const step = stepOf(state, event);
      if (step === undefined) return state;
      onStep(step);
      return step.next;
    },
    ({ input }: { readonly input: TaskMachineState }) => input,
  );

type TaskActor = ActorRefFrom<ReturnType<typeof logicOf>>;

/** As many as a burst may leave behind. */
const RESTING_MAX = 1_024;

/**
 * The live actors: one for each task that something is happening to. A task that only waits has none; at the next event an
 * actor embodies it. To make an actor and to end it costs more than all that happens to most tasks, so one whose task is
 * over rests until it embodies the next.
 */
export class TaskActors {
  readonly #live = new ChurnMap<TaskRow, TaskActor>();
  readonly #resting: TaskActor[] = [];
  /** The step of the event that is being sent. An actor does not hold it: it would keep the result of its task while it rests. */
  #step: TaskStep | undefined;
  readonly #logic = logicOf((step) => {
    this.#step = step;
  });

  get size(): number {
    return this.#live.size;
  }

  /** Sends an event to the task's actor and returns what follows; the row itself is not touched. */
  send(row: TaskRow, event: TaskEventOf): TaskEffect[] {
    const actor = this.#live.get(row) ?? this.#embody(row);
    actor.send(event);
    const step = this.#takeStep();
    if (isLeased(actor.getSnapshot().context.state)) this.#live.set(row, actor);
    else this.#rest(row, actor);
    return step === undefined ? [] : taskEffects(step);
  }

  #takeStep(): TaskStep | undefined {
    const step = this.#step;
    this.#step = undefined;
    return step;
  }

  #embody(row: TaskRow): TaskActor {
    const state = { state: row.state, context: contextOf(row) };
    const rested = this.#resting.pop();
    if (rested === undefined) return createActor(this.#logic, { input: state }).start();
    rested.send({ type: 'EMBODIED', state });
    return rested;
  }

  #rest(row: TaskRow, actor: TaskActor): void {
    this.#live.delete(row);
    if (this.#resting.length < RESTING_MAX) this.#resting.push(actor);
  }
}
