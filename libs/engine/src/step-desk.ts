import type { Problem } from '@precedent/kernel';
import type { LeaseRef, LeaseStep, OrProblem, Reply, WorkerLoad } from '@precedent/ports';
import type { KeptRecord, TaskRow } from '@precedent/tasks';
import type { CellCore } from './cell-core.ts';

/** Rollback actions between two checkpoints, at most. */
const UNDO_MAX = 1_000;

/** What running tasks make durable on their way, and what they say of themselves. */
export class StepDesk {
  readonly #core: CellCore;

  constructor(core: CellCore) {
    this.#core = core;
  }

  /** A step that was kept already is answered again, and not kept twice. */
  keep(session: string, lease: LeaseRef, step: LeaseStep, reply: Reply<OrProblem<{ readonly ok: true }>>): void {
    const row = this.#core.leaseOf(session, lease);
    if (row === undefined) return reply({ error: stale(lease) });
    const refusal = step.kind === 'undo' ? tooMany(row) : undefined;
    if (refusal) return reply({ error: refusal });
    if (!isKnown(row, step)) this.#core.note(row, this.#recordOf(row, step));
    this.#core.outbox.afterCommit(() => reply({ ok: true }));
  }

  /** Whoever is inside of a section that must not be cut is no candidate until it ends, or its time is over. */
  atomic(sessionId: string, lease: LeaseRef, maxMs: number): void {
    const session = this.#core.fleet.get(sessionId);
    if (session === undefined || this.#core.leaseOf(sessionId, lease) === undefined) return;
    if (maxMs > 0) session.atomic.set(lease[0], { since: this.#core.now, maxMs });
    else session.atomic.delete(lease[0]);
  }

  load(sessionId: string, load: WorkerLoad): void {
    const session = this.#core.fleet.get(sessionId);
    if (session === undefined) return;
    session.load = load;
    this.#core.touch();
  }

  #recordOf(row: TaskRow, step: LeaseStep): KeptRecord {
    const { id, epoch } = row;
    const at = this.#core.now;
    if (step.kind === 'checkpoint') return { kind: 'kept', id, at, step: { ...step, epoch, at } };
    if (step.kind === 'undo') return { kind: 'kept', id, at, step: { ...step, epoch } };
    const { kind, of, error } = step;
    const ofEpoch = step.ofEpoch ?? row.kept.undo.findLast((undo) => undo.seq === of)?.epoch ?? epoch;
    return { kind: 'kept', id, at, step: { kind, epoch, of, ofEpoch, ...(error && { error }) } };
  }
}

const isKnown = ({ kept, epoch }: TaskRow, step: LeaseStep): boolean => {
  if (step.kind === 'undone') return false;
  const steps = step.kind === 'checkpoint' ? kept.checkpoints : kept.undo;
  return steps.some((one) => one.epoch === epoch && one.seq === step.seq);
};

const stale = ([id, epoch]: LeaseRef): Problem => ({
  code: 'STALE_EPOCH',
  message: `lease ${epoch} of task ${id} has ended, or was never made`,
});

const tooMany = ({ id, kept }: TaskRow): Problem | undefined =>
  kept.undo.length < UNDO_MAX
    ? undefined
    : { code: 'INVALID_REQUEST', message: `task ${id} has ${kept.undo.length} of ${UNDO_MAX} rollback actions since its last checkpoint` };
