import { createHash } from 'node:crypto';
import { ulids } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';

/** The position of a task in a stream: its message, and its index in that. */
export interface TaskPosition {
  readonly seq: number;
  readonly at: EpochMs;
  /** The index of the task in its message; 0 when it is the only one. */
  readonly index: number;
  /** The record of a refusal has another id than the task that was refused. */
  readonly role: 'task' | 'refusal';
}

export type DeriveId = (position: TaskPosition) => string;

/**
 * Ids for tasks of the stream ingress that name none. The same position gives the same id, so a redelivery is recognised. They look like
 * other ids: the time of the message, and a hash of the position. `stream` differs for a stream of the same name that is made later.
 */
export const derivedIds =
  (stream: string): DeriveId =>
  ({ seq, at, index, role }) => {
    const digest = createHash('sha256').update(`${stream}\n${seq}\n${index}\n${role}`).digest();
    let used = 0;
    return ulids(() => (digest[used++] ?? 0) / 256)(at);
  };
