import type { DeleteRequest } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { isSettled } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { CellCore } from './cell-core.ts';
import { stalledBy } from './submissions.ts';

/** Takes out what is known of a settled task. That it was deleted is a record: whoever reads the journal does the same. */
export class Deletions {
  readonly #core: CellCore;

  constructor(core: CellCore) {
    this.#core = core;
  }

  /** Returns why the task is not deleted; `undefined` when it is, or was before. */
  delete(request: DeleteRequest): Problem | undefined {
    const { id, namespace } = request;
    const { table, deleted } = this.#core.state;
    const row = table.get(id);
    if (row === undefined && deleted.namespaceOf(id) === namespace) return undefined;
    const refusal = this.#refusal(request, row);
    if (refusal === undefined) this.#delete(request, row);
    return refusal;
  }

  #refusal({ id, namespace, forgotten }: DeleteRequest, row: TaskRow | undefined): Problem | undefined {
    if (row === undefined && !forgotten) return this.#core.state.notFound(id);
    if (row && row.class.namespace !== namespace) return unknownIn(id, namespace);
    if (row && !isSettled(row.state)) return active(row);
    return stalledBy(this.#core);
  }

  #delete({ id, namespace }: DeleteRequest, row: TaskRow | undefined): void {
    const { now, outbox, state, ports, preemption } = this.#core;
    const record = { kind: 'deleted', id, namespace, at: now } as const;
    outbox.record(record);
    state.delete(record);
    preemption?.log.forget(id);
    this.#core.touch();
    // Whether it was of this namespace is known to the history, which removes the output then.
    if (row === undefined) return;
    // Who listens learns that it is gone, and nothing more of it.
    this.#core.announce(row, 'deleted', { result: undefined, error: undefined, reason: undefined });
    outbox.afterCommit(() => ports.logs?.remove(id));
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
