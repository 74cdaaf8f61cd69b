import type { Watch } from '@precedent/client';
import { isGap } from '@precedent/client';
import type { TaskEvent } from '@precedent/contracts';
import { isVerdict } from '@precedent/contracts';

/** What was seen of one task on the live feed. Times are epoch milliseconds. */
export interface Story {
  queuedAt?: number;
  firstStartedAt?: number;
  startedAt?: number;
  settledAt?: number;
  verdicts: number;
}

/** Follows the live feed and remembers when what happened to each task. */
export class Stories {
  readonly byId = new Map<string, Story>();
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
    const story = this.byId.get(id) ?? { verdicts: 0 };
    this.byId.set(id, story);
    const wasRunning = story.startedAt !== undefined;
    if (event === 'queued') story.queuedAt = at;
    if (event === 'started') this.#begin(id, story, at);
    if (event === 'retrying') this.retries++;
    if (wasRunning && (event === 'retrying' || event === 'requeued')) this.#pause(story);
    if (!isVerdict(event)) return;
    if (wasRunning) this.running--;
    this.settled++;
    story.verdicts++;
    story.settledAt = at;
  }

  #begin(id: string, story: Story, at: number): void {
    if (story.startedAt === undefined) this.running++;
    story.firstStartedAt ??= at;
    story.startedAt = at;
    this.#waiting.get(id)?.();
  }

  #pause(story: Story): void {
    this.running--;
    delete story.startedAt;
  }
}
