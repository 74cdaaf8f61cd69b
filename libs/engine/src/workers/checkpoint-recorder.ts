import type { LeaseRef, LeaseStep, RollbackStep } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { CheckpointStepRecord, TaskRow, RegisteredRollback } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import { refusalOf } from '../journal/refusal-of.ts';

/** Rollback actions of a task since its last checkpoint, at most. Their spelling on the wire is `undo`. */
const ROLLBACKS_MAX = 1_000;
/** Bytes of their payloads, together: one assignment holds all of them. */
const ROLLBACK_BYTES_MAX = 256 * 1024;

export type CheckpointRecorderParts = Pick<BaseParts, 'clock' | 'telemetry' | 'state' | 'outbox'> & {
  readonly core: CellCore;
};

/** Records the checkpoints and rollback actions of running attempts. */
export class CheckpointRecorder {
  readonly #parts: CheckpointRecorderParts;

  constructor(parts: CheckpointRecorderParts) {
    this.#parts = parts;
  }

  /** Records a step of a lease; a repeated one is recorded once. Returns why it is refused; `undefined` when the next commit makes it durable. */
  record(session: string, lease: LeaseRef, step: LeaseStep): Problem | undefined {
    const row = this.#parts.state.table.leaseOf(session, lease);
    if (row === undefined) return stale(lease);
    if (isKnown(row, step)) return undefined;
    const refusal = step.kind === 'undo' ? tooMany(row, step) : undefined;
    return refusal ?? refusalOf(() => this.#record(row, step));
  }

  #record(row: TaskRow, step: LeaseStep): void {
    const { core, outbox, clock, telemetry } = this.#parts;
    const record = this.#recordOf(row, step);
    const { preempt: order } = row.run;
    const rollback = rolledBackBy(row, record.step);
    core.record(row, record);
    const { at } = record;
    outbox.afterCommit(() => {
      const ms = clock.now() - at;
      telemetry.emit({ name: 'task.step_recorded', task: row, step: record.step, at, ms, order, rollback });
    });
  }

  #recordOf(row: TaskRow, step: LeaseStep): CheckpointStepRecord {
    const { id, epoch } = row;
    const at = this.#parts.clock.now();
    if (step.kind === 'checkpoint') return { kind: 'kept', id, at, step: { ...step, epoch, at } };
    if (step.kind === 'undo') return { kind: 'kept', id, at, step: { ...step, epoch } };
    const { kind, of, error } = step;
    const ofEpoch = step.ofEpoch ?? row.durable.rollbacks.findLast(({ seq }) => seq === of)?.epoch ?? epoch;
    return { kind: 'kept', id, at, step: { kind, epoch, of, ofEpoch, ...(error && { error }) } };
  }
}

/** The rollback action whose end the step reports. */
const rolledBackBy = (
  { durable }: TaskRow,
  step: CheckpointStepRecord['step'],
): RegisteredRollback | undefined =>
  step.kind === 'undone'
    ? durable.rollbacks.find(({ seq, epoch }) => seq === step.of && epoch === step.ofEpoch)
    : undefined;

const isKnown = ({ durable, epoch }: TaskRow, step: LeaseStep): boolean => {
  if (step.kind === 'undone') return false;
  const steps = step.kind === 'checkpoint' ? durable.checkpoints : durable.rollbacks;
  return steps.some((one) => one.epoch === epoch && one.seq === step.seq);
};

const stale = ([id, epoch]: LeaseRef): Problem => ({
  code: 'STALE_EPOCH',
  message: `lease ${epoch} of task ${id} has ended, or was never made`,
});

const tooMany = ({ id, durable }: TaskRow, step: RollbackStep): Problem | undefined => {
  const since = 'rollback actions since its last checkpoint: take one first';
  if (durable.rollbacks.length >= ROLLBACKS_MAX) {
    const message = `task ${id} has ${durable.rollbacks.length} of at most ${ROLLBACKS_MAX} ${since}`;
    return { code: 'INVALID_REQUEST', message };
  }
  const bytes = durable.rollbacks.reduce((sum, one) => sum + payloadBytes(one), payloadBytes(step));
  if (bytes <= ROLLBACK_BYTES_MAX) return undefined;
  const message = `task ${id} has ${bytes} of at most ${ROLLBACK_BYTES_MAX} bytes in ${since}`;
  return { code: 'PAYLOAD_TOO_LARGE', message };
};

/** The payload sizes: each is measured once, however many rollback actions follow it. */
const measured = new WeakMap<object, number>();

const payloadBytes = (rollback: Pick<RegisteredRollback, 'payload'>): number => {
  if (rollback.payload === undefined) return 0;
  const known = measured.get(rollback) ?? Buffer.byteLength(JSON.stringify(rollback.payload));
  measured.set(rollback, known);
  return known;
};
