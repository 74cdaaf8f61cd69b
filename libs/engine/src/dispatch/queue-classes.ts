import type { Band } from '@precedent/kernel';
import { QueueClass, placementKey } from '@precedent/scheduling';
import type { TaskClass, TaskRow } from '@precedent/tasks';

/** It waits in the queue of this band. */
const isQueued = (row: TaskRow, band: Band): boolean => row.state === 'queued' && row.class.band === band;

/** The waiting tasks of a cell by queue class, which is what they require of a worker. */
export class QueueClasses {
  readonly #queueClasses = new Map<string, QueueClass<TaskRow>>();
  readonly #byClass = new WeakMap<TaskClass, QueueClass<TaskRow>>();

  of(taskClass: TaskClass): QueueClass<TaskRow> {
    const known = this.#byClass.get(taskClass);
    if (known && this.#queueClasses.get(known.key) === known) return known;
    const key = placementKey(taskClass);
    let queueClass = this.#queueClasses.get(key);
    if (queueClass === undefined) {
      const { type, pool, resources, security } = taskClass;
      const placement = { type, pool, resources, ...(security !== undefined && { security }) };
      this.#queueClasses.set(key, (queueClass = new QueueClass<TaskRow>(key, placement, isQueued)));
    }
    this.#byClass.set(taskClass, queueClass);
    return queueClass;
  }

  enqueue(row: TaskRow): void {
    this.of(row.class).queue(row.class.band).push(row);
  }

  /** A task left its queue without being started. */
  left(row: TaskRow): void {
    this.of(row.class).queue(row.class.band).left();
  }

  /** Whether a task waits that needs more than one slot. */
  get hasLarge(): boolean {
    for (const queueClass of this.#queueClasses.values())
      if (queueClass.isLarge && queueClass.size > 0) return true;
    return false;
  }

  /** The queue classes with tasks. Forgets the empty ones. */
  *nonEmpty(): Generator<QueueClass<TaskRow>> {
    for (const queueClass of this.#queueClasses.values()) {
      if (queueClass.size > 0) yield queueClass;
      else this.#queueClasses.delete(queueClass.key);
    }
  }
}
