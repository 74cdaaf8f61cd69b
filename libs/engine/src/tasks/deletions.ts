import type { DeleteRequest } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { isSettled } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Preemption } from '../preemption/preemption.ts';
import type { FeedPublisher } from './feed-publisher.ts';
import { changedSince } from './task-revision.ts';
import { stalledBy } from '../submissions/submissions.ts';

export type DeletionsParts = Pick<BaseParts, 'clock' | 'logs' | 'options' | 'state' | 'outbox'> & {
  readonly core: CellCore;
  readonly events: FeedPublisher;
  readonly preemption: Preemption | undefined;
};

/** Deletes settled tasks. The deletion is a record, so every reader of the journal deletes the task as well. */
export class Deletions {
  readonly #parts: DeletionsParts;

  constructor(parts: DeletionsParts) {
    this.#parts = parts;
  }

  /** Returns why the task is not deleted; `undefined` when it is, or had been deleted before. */
  delete(request: DeleteRequest): Problem | undefined {
    const { id, namespace } = request;
    const { table, deleted } = this.#parts.state;
    const row = table.get(id);
    if (row === undefined && deleted.namespaceOf(id) === namespace) return undefined;
    const refusal = this.#refusal(request, row);
    if (refusal === undefined) this.#delete(request, row);
    return refusal;
  }

  #refusal(
    { id, namespace, forgotten, expect }: DeleteRequest,
    row: TaskRow | undefined,
  ): Problem | undefined {
    if (row === undefined && !forgotten) return this.#parts.state.notFound(id);
    if (row && row.class.namespace !== namespace) return unknownIn(id, namespace);
    const changed = row && changedSince(row, expect);
    if (changed) return changed;
    if (row && !isSettled(row.state)) return active(row);
    const { outbox, options } = this.#parts;
    return stalledBy(outbox, options.journal.backlogMax);
  }

  #delete({ id, namespace }: DeleteRequest, row: TaskRow | undefined): void {
    const { clock, outbox, state, logs, core, events, preemption } = this.#parts;
    const record = { kind: 'deleted', id, namespace, at: clock.now() } as const;
    outbox.record(record);
    state.delete(record);
    preemption?.log.forget(id);
    core.requestTurn();
    // The engine has forgotten the task, so only the history knows its namespace: the history removes the output.
    if (row === undefined) return;
    // The event says that the task is gone, and nothing else about it.
    events.publish(row, 'deleted', { result: undefined, error: undefined, reason: undefined });
    outbox.afterCommit(() => logs?.remove(id));
  }
}

const unknownIn = (id: string, namespace: string): Problem => ({
  code: 'TASK_NOT_FOUND',
  message: `no task of namespace ${namespace} has the id ${id}`,
});

const active = ({ id, state }: TaskRow): Problem => ({
  code: 'TASK_ACTIVE',
  message: `task ${id} is ${state}: cancel it first`,
  details: { state },
});
