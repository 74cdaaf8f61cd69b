import { ChurnMap } from '@precedent/kernel';
import { createActor, fromTransition } from 'xstate';
import type { ActorRefFrom } from 'xstate';
import { contextOf, isLeased, stepOf, taskEffects } from '@precedent/tasks';
import type { TaskEffect, TaskEventOf, TaskMoment, TaskRow } from '@precedent/tasks';

/** From now on the actor is another task. */
interface Embodied {
  readonly type: 'EMBODIED';
  readonly moment: TaskMoment;
}

/** The task machine, by the table that is read off it: that says what the machine says at a fifth of the cost. */
const logic = fromTransition(
  (moment: TaskMoment, event: TaskEventOf | Embodied) =>
    event.type === 'EMBODIED' ? event.moment : stepOf(moment, event),
  ({ input }: { readonly input: TaskMoment }) => input,
);

type TaskActor = ActorRefFrom<typeof logic>;

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

  get size(): number {
    return this.#live.size;
  }

  /** Sends an event to the task's actor and tells what follows; the row itself is not touched. */
  send(row: TaskRow, event: TaskEventOf): TaskEffect[] {
    const actor = this.#live.get(row) ?? this.#embody(row);
    const before = momentOf(actor);
    actor.send(event);
    const after = momentOf(actor);
    if (isLeased(after.state)) this.#live.set(row, actor);
    else this.#rest(row, actor);
    return taskEffects(row.id, before, event, after);
  }

  #embody(row: TaskRow): TaskActor {
    const moment = { state: row.state, context: contextOf(row) };
    const rested = this.#resting.pop();
    if (rested === undefined) return createActor(logic, { input: moment }).start();
    rested.send({ type: 'EMBODIED', moment });
    return rested;
  }

  #rest(row: TaskRow, actor: TaskActor): void {
    this.#live.delete(row);
    if (this.#resting.length < RESTING_MAX) this.#resting.push(actor);
  }
}

const momentOf = (actor: TaskActor): TaskMoment => actor.getSnapshot().context;
