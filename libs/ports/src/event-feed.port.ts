import type { TaskEventName } from '@precedent/contract-types';
import type { Band, EpochMs, JournalPlace, Problem } from '@precedent/kernel';
import type { TaskClass } from '@precedent/tasks';

/** One event of the live feed. What does not apply is absent. */
export interface FeedEvent {
  readonly event: TaskEventName;
  readonly id: string;
  readonly at: EpochMs;
  /** The record that it follows from; absent where no record says it. */
  readonly place?: JournalPlace | undefined;
  /** Absent for a dropped task that could not be read. */
  readonly class?: TaskClass;
  /** The body of the task as JSON text. */
  readonly body?: string;
  readonly band: Band;
  readonly epoch: number;
  readonly attempt: number;
  readonly retries: number;
  readonly worker?: string | undefined;
  readonly fraction?: number;
  readonly message?: string | undefined;
  readonly result?: unknown;
  readonly error?: Problem | undefined;
  readonly dueAt?: EpochMs | undefined;
  readonly reason?: string | undefined;
}

/** The live feed: at most once, in order, after the fact is durable. A client that needs all events reads the history. */
export interface EventFeed {
  publish(events: readonly FeedEvent[]): void;
}
