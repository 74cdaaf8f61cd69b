import type { TaskEventName } from '@precedent/contract-types';
import type { FeedEvent } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';

export type FeedPublisherParts = Pick<BaseParts, 'clock' | 'outbox' | 'feed'>;

/** Publishes the events of tasks to the live feed after the commit; those of one journal entry together. */
export class FeedPublisher {
  readonly #parts: FeedPublisherParts;
  #waiting: FeedEvent[] = [];

  constructor(parts: FeedPublisherParts) {
    this.#parts = parts;
  }

  /** Publishes an event of the task when everything recorded so far is durable. `extra` replaces fields of it. */
  publish(row: TaskRow, event: TaskEventName, extra: Partial<FeedEvent> = {}): void {
    const { clock, outbox } = this.#parts;
    const { worker, error, result, dueAt, reason } = row.run;
    const fact: FeedEvent = {
      event,
      id: row.id,
      at: clock.now(),
      class: row.class,
      body: row.body,
      band: row.class.band,
      epoch: row.epoch,
      attempt: row.attempt,
      retries: row.retries,
      worker,
      result,
      error: event === 'started' ? undefined : error,
      dueAt,
      reason,
      ...extra,
    };
    outbox.afterCommitAnyTime(() => {
      this.#waiting.push(fact);
      // Everything was durable already, so no commit will release the event.
      if (outbox.idle) this.release();
    });
  }

  /** Publishes the events whose records are durable. */
  release(): void {
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    this.#parts.feed.publish(events);
  }
}
