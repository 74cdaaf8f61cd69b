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
  /** How many fetched messages are not acknowledged yet. */
  readonly inFlight: () => number;
  /** How many fetched tasks were not submitted yet, so that the room of the engine does not count them. */
  readonly waiting: () => number;
  readonly take: (msg: JsMsg) => void;
  /** Called before the next try when pulling has failed: the consumer may be gone. */
  readonly ensureConsumer: () => Promise<void>;
}

/** Messages in one pull, at most, and fetched messages that are not acknowledged, at most. */
const PULL_MAX = 256;
const IN_FLIGHT_MAX = 1_024;
/** A pull that gets no message ends after this time, and the room is checked again. */
const PULL_MS = 5_000;

/** Backoff between two checks of a full band, in milliseconds: the first, doubled up to the second. */
const FULL_PAUSE_MS = [25, 200] as const;
const FAULT_PAUSE_MS = 500;

/** Pulls the tasks of one band from the stream, no more than there is room for, until it is stopped. */
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
    for (let checks = 0; !this.#stop.signal.aborted;) {
      const wanted = this.#room();
      if (wanted > 0) {
        checks = 0;
        await this.#pull(wanted);
      } else {
        await this.#pause(backoffMs(checks++, ...FULL_PAUSE_MS));
      }
    }
  }

  #room(): number {
    const { tasks, band, inFlight, waiting } = this.#options;
    return Math.min(PULL_MAX, tasks.room(band) - waiting(), IN_FLIGHT_MAX - inFlight());
  }

  async #pull(wanted: number): Promise<void> {
    try {
      const { js, stream, consumer } = this.#options;
      this.#consumer ??= await js.consumers.get(stream, consumer);
      await this.#drain(this.#consumer, wanted);
    } catch {
      // The server or the consumer is gone. Nothing is lost: unacknowledged messages are delivered again.
      this.#consumer = undefined;
      await this.#pause(FAULT_PAUSE_MS);
      if (!this.#stop.signal.aborted) await this.#options.ensureConsumer().catch(() => undefined);
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
