import type { TaskEventName } from '@precedent/contract-types';
import type { FeedEvent } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';

export type TaskEventsParts = Pick<BaseParts, 'clock' | 'outbox' | 'feed'>;

/** Publishes the events of tasks after the commit, those of one journal entry together. */
export class TaskEvents {
  readonly #parts: TaskEventsParts;
  #waiting: FeedEvent[] = [];

  constructor(parts: TaskEventsParts) {
    this.#parts = parts;
  }

  emit(row: TaskRow, event: TaskEventName, extra: Partial<FeedEvent> = {}): void {
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
      // No commit was awaited, so none will release the event.
      if (outbox.idle) this.release();
    });
  }

  /** Publishes what became durable. */
  release(): void {
    if (this.#waiting.length === 0) return;
    const events = this.#waiting;
    this.#waiting = [];
    this.#parts.feed.publish(events);
  }
}
