import { createHash } from 'node:crypto';
import { ulids } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';

/** A place in a stream: a message, and a task within it. */
export interface Place {
  readonly seq: number;
  readonly at: EpochMs;
  /** Of the task in its message; 0 when it is the only one. */
  readonly index: number;
  /** Tells the record of a refusal from the task that was refused. */
  readonly role: 'task' | 'refusal';
}

export type DeriveId = (place: Place) => string;

/**
 * Ids for dropped tasks that bring none: the same place gives the same id, so a redelivery is known for what it is. They look like
 * other ids: the time of the message, and a hash of its place. `stream` tells this stream from one of the same name made later.
 */
export const derivedIds =
  (stream: string): DeriveId =>
  ({ seq, at, index, role }) => {
    const digest = createHash('sha256').update(`${stream}\n${seq}\n${index}\n${role}`).digest();
    let used = 0;
    return ulids(() => (digest[used++] ?? 0) / 256)(at);
  };
