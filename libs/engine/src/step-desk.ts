import type { Problem } from '@precedent/kernel';
import type { LeaseRef, LeaseStep, OrProblem, Reply, WorkerLoad } from '@precedent/ports';
import type { KeptRecord, TaskRow, Undo } from '@precedent/tasks';
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
  keep(
    session: string,
    lease: LeaseRef,
    step: LeaseStep,
    reply: Reply<OrProblem<{ readonly ok: true }>>,
  ): void {
    const row = this.#core.leaseOf(session, lease);
    if (row === undefined) return reply({ error: stale(lease) });
    const refusal = step.kind === 'undo' ? tooMany(row) : undefined;
    if (refusal) return reply({ error: refusal });
    const told = isKnown(row, step) ? undefined : this.#note(row, step);
    this.#core.outbox.afterCommit(() => {
      told?.();
      reply({ ok: true });
    });
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
    session.machine = load;
    this.#core.touch();
  }

  /** Keeps the step. What is returned tells of it, and is to be called when it is durable. */
  #note(row: TaskRow, step: LeaseStep): () => void {
    const { telemetry, clock } = this.#core.ports;
    const record = this.#recordOf(row, step);
    const { preempt: order } = row.run;
    const undo = undoneBy(row, record.step);
    this.#core.note(row, record);
    const { at } = record;
    return () =>
      telemetry.emit({
        name: 'task.kept',
        task: row,
        step: record.step,
        at,
        ms: clock.now() - at,
        order,
        undo,
      });
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

/** The action that a step tells the end of. */
const undoneBy = ({ kept }: TaskRow, step: KeptRecord['step']): Undo | undefined =>
  step.kind === 'undone'
    ? kept.undo.find(({ seq, epoch }) => seq === step.of && epoch === step.ofEpoch)
    : undefined;

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
    : {
        code: 'INVALID_REQUEST',
        message: `task ${id} has ${kept.undo.length} of ${UNDO_MAX} rollback actions since its last checkpoint`,
      };
