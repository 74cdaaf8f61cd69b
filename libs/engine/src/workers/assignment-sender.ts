import type { Resume } from '@precedent/contract-types';
import type { AssignedLease } from '@precedent/ports';
import { submittedClassOf } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import { isAsSaved } from './saved-state.ts';
import { RecentMean } from './turnover.ts';

/** Of the latest measurement in the mean. */
const WEIGHT = 1 / 32;
/** For a report to arrive and an assignment to be received, in addition to the commit. Milliseconds. */
const LINK_MS = 1;

export type AssignmentSenderParts = Pick<BaseParts, 'clock' | 'workers' | 'traces' | 'fleet' | 'outbox'>;

/** Sends leases to their workers after the commit: for one journal entry, one message to each session. */
export class AssignmentSender {
  readonly #parts: AssignmentSenderParts;
  readonly #commitMs = new RecentMean(WEIGHT);
  #waiting = new Map<string, AssignedLease[]>();

  constructor(parts: AssignmentSenderParts) {
    this.#parts = parts;
  }

  /** From the end of a task to the start of the next one in its slot, as measured recently. Milliseconds. */
  get turnaroundMs(): number {
    return this.#commitMs.value + LINK_MS;
  }

  add(row: TaskRow): void {
    const { clock, fleet, outbox, traces } = this.#parts;
    const { session } = row.run;
    const { id, epoch, attempt, class: taskClass, body, digest } = row;
    const resume = resumePointOf(row);
    const traceparent = traces?.traceparentOf(row);
    if (session === undefined) return;
    const leasedAt = clock.now();
    const place = row.run.ahead && fleet.get(session)?.ahead.get(id);
    outbox.afterCommit(() => {
      const now = clock.now();
      this.#commitMs.add(now - leasedAt);
      const lease = {
        id,
        epoch,
        attempt,
        class: submittedClassOf(taskClass),
        body,
        ...(digest !== undefined && { digest }),
        ...(traceparent !== undefined && { traceparent }),
        ...(resume && { resume }),
        ...(place && { ahead: [place.rank, place.order] as const }),
      };
      fleet.markDelivered(session, [id, epoch], now);
      const batch = this.#waiting.get(session);
      if (batch) batch.push(lease);
      else this.#waiting.set(session, [lease]);
    });
  }

  /** Sends the leases whose records are durable. */
  release(): void {
    if (this.#waiting.size === 0) return;
    const waiting = this.#waiting;
    this.#waiting = new Map();
    for (const [session, leases] of waiting) this.#parts.workers.assign(session, leases);
  }
}

/** What earlier leases of a task have left for the next one; `undefined` when there is nothing. */
const resumePointOf = ({ durable }: TaskRow): Resume | undefined => {
  // When neither is, the worker starts from zero, and the log of the attempt says why.
  const checkpoint = durable.checkpoints.find(isAsSaved) ?? durable.checkpoints[0];
  if (checkpoint === undefined && durable.rollbacks.length === 0 && durable.segments === 0) return undefined;
  return { ...(checkpoint && { checkpoint }), undo: durable.rollbacks, segments: durable.segments };
};
