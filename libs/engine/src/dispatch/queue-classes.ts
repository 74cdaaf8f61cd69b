import { QueueClass, placementKey } from '@precedent/scheduling';
import type { FairClock, QueueRules, WaitingQueue } from '@precedent/scheduling';
import type { TaskClass, TaskRow } from '@precedent/tasks';
import type { LimitGate } from '../limits/limit-gate.ts';

/** The queue in which a task waits. */
export const queueOf = ({ queue }: TaskRow): WaitingQueue<TaskRow> | undefined =>
  queue as WaitingQueue<TaskRow> | undefined;

/** The limits that a queued task is under. */
export const gateOf = (row: TaskRow): LimitGate | undefined => queueOf(row)?.gate as LimitGate | undefined;

const waits = (row: TaskRow, queue: WaitingQueue<TaskRow>): boolean =>
  row.state === 'queued' && row.queue === queue;

export interface QueueClassesParts {
  readonly fair: FairClock;
  /** What a task takes of the share of its project. */
  readonly costOf: QueueRules<TaskRow>['costOf'];
  /** The limits that a task is under. */
  readonly gateOf: (row: TaskRow) => LimitGate;
}

/** The waiting tasks of a cell by queue class, which is what they require of a worker. */
export class QueueClasses {
  readonly #parts: QueueClassesParts;
  readonly #rules: QueueRules<TaskRow>;
  readonly #queueClasses = new Map<string, QueueClass<TaskRow>>();
  readonly #byClass = new WeakMap<TaskClass, QueueClass<TaskRow>>();

  constructor(parts: QueueClassesParts) {
    const { fair: clock, costOf } = parts;
    this.#parts = parts;
    this.#rules = { clock, waits, costOf };
  }

  of(taskClass: TaskClass): QueueClass<TaskRow> {
    const known = this.#byClass.get(taskClass);
    if (known && this.#queueClasses.get(known.key) === known) return known;
    const key = placementKey(taskClass);
    let queueClass = this.#queueClasses.get(key);
    if (queueClass === undefined) {
      const { type, pool, resources, security } = taskClass;
      const placement = { type, pool, resources, ...(security !== undefined && { security }) };
      this.#queueClasses.set(key, (queueClass = new QueueClass<TaskRow>(key, placement, this.#rules)));
    }
    this.#byClass.set(taskClass, queueClass);
    return queueClass;
  }

  enqueue(row: TaskRow): void {
    const { class: kind } = row;
    const { fair } = this.#parts;
    const flow = fair.flow(flowName(kind));
    const band = this.of(kind).queue(kind.band);
    const queue = band.queue(flow, this.#parts.gateOf(row));
    row.queue = queue;
    queue.push(row);
    // Its start costs no rate: it does not wait for the one that closed the queue.
    if (row.durable.resuming && queue.within !== band.open) queue.reopen();
  }

  /** A task left its queue without being started. */
  left(row: TaskRow): void {
    const queue = queueOf(row);
    row.queue = undefined;
    queue?.left();
  }

  /** The task starts, and is not the first of its queue. */
  take(row: TaskRow): void {
    const queue = queueOf(row);
    if (queue === undefined) return;
    this.of(row.class).queue(row.class.band).took(row, queue);
    this.left(row);
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

/** Projects share the slots of a band. */
export const flowName = ({ namespace, project }: Pick<TaskClass, 'namespace' | 'project'>): string =>
  `${namespace}/${project}`;
