import type { Consumer, JetStreamClient, JsMsg } from '@nats-io/jetstream';
import { backoffMs, onAbort, sleep } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { TaskApi } from '@precedent/ports';

export interface BandPullerOptions {
  readonly js: JetStreamClient;
  readonly stream: string;
  readonly consumer: string;
  readonly band: Band;
  readonly tasks: Pick<TaskApi, 'room'>;
  /** Messages that were taken and are not answered yet. */
  readonly inFlight: () => number;
  /** Tasks that were taken and that the engine, asked for its room, does not know of yet. */
  readonly waiting: () => number;
  readonly take: (msg: JsMsg) => void;
  /** Called before a new try when pulling has failed: the consumer may be gone. */
  readonly mend: () => Promise<void>;
}

/** Messages asked for at once, and at most under way. */
const PULL_MAX = 256;
const UNDER_WAY_MAX = 1_024;
/** A pull that finds nothing ends after this time and looks at the room again. */
const PULL_MS = 5_000;

/** Milliseconds between two looks at a full band: it begins with the first and doubles up to the second. */
const FULL_PAUSE_MS = [25, 200] as const;
const FAULT_PAUSE_MS = 500;

/** Pulls from one band no more than there is room for, until it is stopped. */
export class BandPuller {
  readonly #options: BandPullerOptions;
  readonly #stop = new AbortController();
  #ended: Promise<void> | undefined;
  #consumer: Consumer | undefined;

  constructor(options: BandPullerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ended ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    for (let looks = 0; !this.#stop.signal.aborted;) {
      const wanted = this.#room();
      if (wanted > 0) {
        looks = 0;
        await this.#pull(wanted);
      } else {
        await this.#pause(backoffMs(looks++, ...FULL_PAUSE_MS));
      }
    }
  }

  #room(): number {
    const { tasks, band, inFlight, waiting } = this.#options;
    return Math.min(PULL_MAX, tasks.room(band) - waiting(), UNDER_WAY_MAX - inFlight());
  }

  async #pull(wanted: number): Promise<void> {
    try {
      const { js, stream, consumer } = this.#options;
      this.#consumer ??= await js.consumers.get(stream, consumer);
      await this.#drain(this.#consumer, wanted);
    } catch {
      // The server is away, or the consumer is. Nothing is lost: what was not acknowledged comes again.
      this.#consumer = undefined;
      await this.#pause(FAULT_PAUSE_MS);
      if (!this.#stop.signal.aborted) await this.#options.mend().catch(() => undefined);
    }
  }

  async #drain(consumer: Consumer, wanted: number): Promise<void> {
    const messages = await consumer.fetch({ max_messages: wanted, expires: PULL_MS });
    const stopListening = onAbort(this.#stop.signal, () => messages.stop());
    try {
      for await (const msg of messages) this.#options.take(msg);
    } finally {
      stopListening();
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, this.#stop.signal);
  }
}
