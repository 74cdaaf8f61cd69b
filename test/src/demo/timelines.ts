import type { Watch } from '@precedent/client';
import { isGap } from '@precedent/client';
import type { TaskEvent } from '@precedent/contracts';
import { isVerdict } from '@precedent/contract-types';

/** The events of one task on the live feed. Times are epoch milliseconds. */
export interface TaskTimeline {
  queuedAt?: number;
  firstStartedAt?: number;
  startedAt?: number;
  settledAt?: number;
  verdicts: number;
}

/** Follows the live feed and records the time of each event of each task. */
export class Timelines {
  readonly byId = new Map<string, TaskTimeline>();
  /** Events that the feed could not deliver. */
  gaps = 0;
  running = 0;
  settled = 0;
  retries = 0;
  readonly #waiting = new Map<string, () => void>();

  /** Reads until the watch is closed. */
  async follow(watch: Watch): Promise<void> {
    for await (const event of watch) {
      if (isGap(event)) this.gaps++;
      else this.#take(event);
    }
  }

  /** Resolves when the task has started. */
  started(id: string): Promise<void> {
    if (this.byId.get(id)?.startedAt !== undefined) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  #take({ id, event, at }: TaskEvent): void {
    const timeline = this.byId.get(id) ?? { verdicts: 0 };
    this.byId.set(id, timeline);
    const wasRunning = timeline.startedAt !== undefined;
    if (event === 'queued') timeline.queuedAt = at;
    if (event === 'started') this.#begin(id, timeline, at);
    if (event === 'retrying') this.retries++;
    if (wasRunning && (event === 'retrying' || event === 'requeued')) this.#pause(timeline);
    if (!isVerdict(event)) return;
    if (wasRunning) this.running--;
    this.settled++;
    timeline.verdicts++;
    timeline.settledAt = at;
  }

  #begin(id: string, timeline: TaskTimeline, at: number): void {
    if (timeline.startedAt === undefined) this.running++;
    timeline.firstStartedAt ??= at;
    timeline.startedAt = at;
    this.#waiting.get(id)?.();
  }

  #pause(timeline: TaskTimeline): void {
    this.running--;
    delete timeline.startedAt;
  }
}
