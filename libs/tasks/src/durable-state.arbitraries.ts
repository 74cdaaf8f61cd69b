import fc from 'fast-check';
import type { Problem } from '@precedent/kernel';
import type { Checkpoint, RegisteredRollback } from './durable-state.ts';
import type { CheckpointStepRecord } from './records.ts';
import type { TaskRow } from './task-row.ts';

export const aCheckpoint = (given: Partial<Checkpoint> = {}): Checkpoint => ({
  kind: 'checkpoint',
  epoch: 1,
  seq: 1,
  at: 4_500,
  hash: 'ab'.repeat(32),
  version: '1',
  bytes: 12,
  state: { page: 3 },
  ...given,
});

export const aRollback = (given: Partial<RegisteredRollback> = {}): RegisteredRollback => ({
  kind: 'undo',
  epoch: 1,
  seq: 1,
  name: 'delete-file',
  ...given,
});

/** What a running task makes durable; `pick` chooses the action that was undone, one that is not there among them. */
export interface DrawnStep {
  readonly kind: 'checkpoint' | 'undo' | 'undone';
  readonly pick: number;
  readonly error: Problem | undefined;
  readonly content: unknown;
}

const FAILED: Problem = { code: 'HANDLER_FAILED', message: 'no such file', details: { path: '/tmp/"x"' } };

/** What a task keeps between two events of its life: mostly nothing. */
export const drawnSteps: fc.Arbitrary<DrawnStep[]> = fc.array(
  fc.record({
    kind: fc.constantFrom('checkpoint' as const, 'undo' as const, 'undo' as const, 'undone' as const),
    pick: fc.nat(3),
    error: fc.constantFrom(undefined, FAILED),
    content: fc.constantFrom(undefined, null, { page: 3, path: 'ß"' }),
  }),
  { maxLength: 2 },
);

/** The record of a step for a task as it is now, under its current lease; `seq` is new each time. A task that keeps something has started. */
export const stepRecordOf = (
  drawn: DrawnStep,
  row: TaskRow,
  { at, seq, leasedAt }: { at: number; seq: number; leasedAt: number },
): CheckpointStepRecord => {
  const { id, epoch, run } = row;
  const head = { kind: 'kept', id, at, ...(run.ahead && { ranMs: at - leasedAt }) } as const;
  if (drawn.kind === 'checkpoint')
    return { ...head, step: aCheckpoint({ epoch, seq, at, state: drawn.content }) };
  if (drawn.kind === 'undo') return { ...head, step: aRollback({ epoch, seq, payload: drawn.content }) };
  const action = row.durable.rollbacks[drawn.pick];
  const { seq: of, epoch: ofEpoch } = action ?? { seq: 0, epoch };
  return { ...head, step: { kind: 'undone', epoch, of, ofEpoch, error: drawn.error } };
};
