import type { TaskEventName } from '@precedent/contract-types';
import type { FeedEvent } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';

export type FeedPublisherParts = Pick<BaseParts, 'clock' | 'outbox' | 'feed'>;

/** The entry is known once it is durable. */
type UnplacedEvent = Omit<FeedEvent, 'place'> & { place: FeedEvent['place'] };

/** Publishes the events of tasks to the live feed after the commit; those of one journal entry together. */
export class FeedPublisher {
  readonly #parts: FeedPublisherParts;
  #waiting: FeedEvent[] = [];

  constructor(parts: FeedPublisherParts) {
    this.#parts = parts;
  }

  /** Publishes the event that the record of the task which was recorded just now is, when that is durable. `extra` replaces fields of it. */
  publish(row: TaskRow, event: TaskEventName, extra: Partial<FeedEvent> = {}): void {
    const index = this.#parts.outbox.lastIndex;
    this.#afterCommit(this.#eventOf(row, event, extra), index);
  }

  /** The same for an event that is no record: it has no place in the journal. */
  report(row: TaskRow, event: TaskEventName, extra: Partial<FeedEvent> = {}): void {
    this.#afterCommit(this.#eventOf(row, event, extra));
  }

  #eventOf(row: TaskRow, event: TaskEventName, extra: Partial<FeedEvent>): UnplacedEvent {
    const { worker, error, result, dueAt, reason } = row.run;
    return {
      event,
      id: row.id,
      at: this.#parts.clock.now(),
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
      place: undefined,
      ...extra,
    };
  }

  #afterCommit(event: UnplacedEvent, index?: number): void {
    const { outbox } = this.#parts;
    outbox.afterCommitAnyTime((entry) => {
      if (index !== undefined) event.place = { entry, index };
      this.#waiting.push(event);
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
