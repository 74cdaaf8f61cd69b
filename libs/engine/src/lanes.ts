import { QueueClass, placementKey } from '@precedent/scheduling';
import type { TaskClass, TaskRow } from '@precedent/tasks';

const waits = (row: TaskRow): boolean => row.state === 'queued';

/** The waiting tasks of a cell, by what they ask of a worker. */
export class Lanes {
  readonly #lanes = new Map<string, QueueClass<TaskRow>>();
  readonly #byClass = new WeakMap<TaskClass, QueueClass<TaskRow>>();

  of(taskClass: TaskClass): QueueClass<TaskRow> {
    const known = this.#byClass.get(taskClass);
    if (known && this.#lanes.get(known.key) === known) return known;
    const key = placementKey(taskClass);
    let lane = this.#lanes.get(key);
    if (lane === undefined) {
      const { type, pool, resources } = taskClass;
      this.#lanes.set(key, (lane = new QueueClass<TaskRow>(key, { type, pool, resources }, waits)));
    }
    this.#byClass.set(taskClass, lane);
    return lane;
  }

  enqueue(row: TaskRow): void {
    this.of(row.class).queue(row.class.band).push(row);
  }

  /** The row left its queue without being started. */
  left(row: TaskRow): void {
    this.of(row.class).queue(row.class.band).left();
  }

  /** Whether anything waits that asks for more than a slot. */
  get hasLarge(): boolean {
    for (const lane of this.#lanes.values()) if (lane.isLarge && lane.size > 0) return true;
    return false;
  }

  /** Lanes that hold a task; empty ones are forgotten on the way. */
  *busy(): Generator<QueueClass<TaskRow>> {
    for (const lane of this.#lanes.values()) {
      if (lane.size > 0) yield lane;
      else this.#lanes.delete(lane.key);
    }
  }
}
