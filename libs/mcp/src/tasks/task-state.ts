import { isVerdict } from '@precedent/contract-types';
import type { TaskView } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { statusMessage } from './status-message.ts';
import type { TaskSnapshot } from './status-message.ts';

/** Of the extension `io.modelcontextprotocol/tasks`. */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled';

/** A task as `tasks/get` shows it, without its handle. */
export interface ShownTask {
  readonly status: TaskStatus;
  readonly statusMessage: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly lastUpdatedAt: string;
  /** From its creation; `null`: no limit. */
  readonly ttlMs: number | null;
  readonly pollIntervalMs: number;
}

const POLL_MS = { least: 500, unknown: 2_000, most: 10_000 };

/** A command that failed has completed as a call: `failed` is for errors of the protocol. */
export const shownStatus = ({ state }: TaskView): TaskStatus => {
  if (!isVerdict(state)) return 'working';
  return state === 'cancelled' ? 'cancelled' : 'completed';
};

/** `retentionMs`: how long the cell knows a task after its verdict. */
export const stateOf = (snapshot: TaskSnapshot, now: EpochMs, retentionMs: number): ShownTask => {
  const { task } = snapshot;
  const { submittedAt, startedAt, settledAt, checkpoint } = task;
  const updatedAt = settledAt ?? Math.max(submittedAt, startedAt ?? 0, checkpoint?.at ?? 0);
  return {
    status: shownStatus(task),
    statusMessage: statusMessage(snapshot, now),
    createdAt: new Date(submittedAt).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
    ttlMs: Math.max(0, (settledAt ?? now) - submittedAt) + retentionMs,
    pollIntervalMs: pollIntervalOf(snapshot),
  };
};

/** Of a task that was submitted this moment. */
export const acceptedState = (now: EpochMs, retentionMs: number): ShownTask => ({
  status: 'working',
  statusMessage: 'accepted',
  createdAt: new Date(now).toISOString(),
  lastUpdatedAt: new Date(now).toISOString(),
  ttlMs: retentionMs,
  pollIntervalMs: POLL_MS.least,
});

/** A quarter of the time that is left, as far as that is predicted. */
const pollIntervalOf = ({ why }: TaskSnapshot): number => {
  const leftMs = why?.endsInMs?.likely ?? why?.startsInMs?.likely;
  if (leftMs === undefined) return POLL_MS.unknown;
  return Math.round(Math.min(POLL_MS.most, Math.max(POLL_MS.least, leftMs / 4)));
};
