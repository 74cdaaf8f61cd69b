import type { Problem } from '@precedent/kernel';
import { isSettled } from '@precedent/tasks';
import type { DeletedRecord } from '@precedent/tasks';
import { TaskClassCache } from '../tasks/task-class-cache.ts';
import { DefinitionTable } from '../definitions/definition-table.ts';
import { LimitTimes } from '../limits/limit-times.ts';
import { DeletedTasks } from '../tasks/deleted-tasks.ts';
import { IdempotencyKeys } from '../submissions/idempotency-keys.ts';
import type { CellOptions } from '../options.ts';
import { RunTable } from '../runs/run-table.ts';
import { TaskTable } from '../tasks/task-table.ts';

/** The state of a cell that the records of the journal rebuild. */
export class CellState {
  readonly table: TaskTable;
  readonly keys: IdempotencyKeys;
  readonly classes: TaskClassCache;
  readonly deleted: DeletedTasks;
  readonly definitions = new DefinitionTable();
  readonly limitTimes = new LimitTimes();
  readonly runs = new RunTable(this.definitions);

  constructor(options: CellOptions) {
    this.table = new TaskTable(options.recent, this.runs);
    this.keys = new IdempotencyKeys(options.idempotency);
    this.classes = new TaskClassCache(options.defaults);
    this.deleted = new DeletedTasks(options.recent.maxIds);
  }

  /**
   * Forgets a settled task of this namespace. Its idempotency key is free for a new task. Its id is not, for as long as ids are
   * remembered, so that a late copy of its submission is still recognised. An unknown id stays free, because any client may claim that
   * the history has it.
   */
  delete({ id, namespace, at }: Omit<DeletedRecord, 'kind'>): void {
    const row = this.table.get(id);
    if (row || this.table.wasSettled(id)) this.table.rememberId(id);
    if (row && row.class.namespace === namespace && isSettled(row.state)) {
      this.table.remove(row);
      if (row.key !== undefined) this.keys.release(namespace, row.key, id);
    }
    this.deleted.add([id, namespace, at]);
  }

  /** Why the table has no task with this id. `details.deleted` is the namespace in which it was deleted; the history has it no more either. */
  notFound(id: string): Problem {
    const namespace = this.deleted.namespaceOf(id);
    const code = 'TASK_NOT_FOUND';
    if (namespace !== undefined)
      return { code, message: `task ${id} was deleted`, details: { deleted: namespace } };
    if (!this.table.wasSettled(id)) return { code, message: `no task has the id ${id}` };
    return { code, message: `task ${id} was settled and is no longer recent`, details: { settled: true } };
  }
}
