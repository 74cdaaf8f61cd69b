import type { Problem } from '@precedent/kernel';
import type { LeaseRef, LeaseStep, OrProblem, Reply, WorkerLoad } from '@precedent/ports';
import type { KeptRecord, TaskRow, Undo } from '@precedent/tasks';
import type { CellCore } from './cell-core.ts';
import { refusalOf } from './refusal-of.ts';

/** Rollback actions between two checkpoints, at most. */
const UNDO_MAX = 1_000;
/** And their payloads, together: they travel in one assignment. */
const UNDO_BYTES_MAX = 256 * 1024;

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
    if (isKnown(row, step)) return this.#confirm(reply);
    const refusal = step.kind === 'undo' ? tooMany(row, step) : undefined;
    if (refusal) return reply({ error: refusal });
    let told: (() => void) | undefined;
    const tooLarge = refusalOf(() => {
      told = this.#note(row, step);
    });
    if (tooLarge) return reply({ error: tooLarge });
    this.#confirm(reply, told);
  }

  #confirm(reply: Reply<{ readonly ok: true }>, told?: () => void): void {
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

const tooMany = ({ id, kept }: TaskRow, step: UndoStep): Problem | undefined => {
  const since = 'rollback actions since its last checkpoint: take one first';
  if (kept.undo.length >= UNDO_MAX) {
    const message = `task ${id} has ${kept.undo.length} of at most ${UNDO_MAX} ${since}`;
    return { code: 'INVALID_REQUEST', message };
  }
  const bytes = kept.undo.reduce((sum, undo) => sum + payloadBytes(undo), payloadBytes(step));
  if (bytes <= UNDO_BYTES_MAX) return undefined;
  const message = `task ${id} has ${bytes} of at most ${UNDO_BYTES_MAX} bytes in ${since}`;
  return { code: 'PAYLOAD_TOO_LARGE', message };
};

type UndoStep = Extract<LeaseStep, { kind: 'undo' }>;

/** Each is measured once, however many follow it. */
const measured = new WeakMap<object, number>();

const payloadBytes = (undo: Pick<Undo, 'payload'>): number => {
  if (undo.payload === undefined) return 0;
  const known = measured.get(undo) ?? Buffer.byteLength(JSON.stringify(undo.payload));
  measured.set(undo, known);
  return known;
};
