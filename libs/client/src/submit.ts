import type { TaskSpec } from '@precedent/contracts';
import { errorOf, problemOf } from '@precedent/kernel';
import { refuseOutside } from './bounds.ts';
import type { Accepted, DeliveryOptions, DoorChoice, SubmitOutcome } from './delivery.ts';
import { deliver } from './delivery.ts';
import type { Batch } from './batcher.ts';
import { Batcher } from './batcher.ts';
import type { EncodedTask } from './encode-task.ts';
import { encodeTask } from './encode-task.ts';
import type { Api } from './api.ts';
import type { SignTask } from './sign-task.ts';

export interface SubmitOptions {
  /** Milliseconds for all tries, by request and into the stream. 10 s when left out. */
  readonly timeoutMs?: number;
  /** `auto` when left out. */
  readonly door?: DoorChoice;
}

export interface SubmitManyOptions {
  /** Milliseconds that one message may be tried, waiting for room in a full band included. 60 s when left out. */
  readonly timeoutMs?: number;
  /** `auto` when left out. */
  readonly door?: DoorChoice;
  /** Tasks in one message, 1 to 1,000. 256 when left out. */
  readonly chunk?: number;
  /** Messages in flight, 1 to 256. 8 when left out. */
  readonly window?: number;
}

/** What submissions need of the client that makes them. */
export interface SubmitContext extends Api {
  readonly newId: () => string;
  /** Absent: tasks are not signed. */
  readonly sign?: SignTask;
  /** Called with each task that went into the stream: the engine does not know it yet. */
  readonly streamed: (id: string) => void;
}

const SUBMIT_MS = 10_000;
const SUBMIT_MANY_MS = 60_000;
const CHUNK = 256;
const CHUNK_MAX = 1_000;
const WINDOW = 8;
const WINDOW_MAX = 256;
const MESSAGE_BYTES_MAX = 1024 * 1024;
/** Room in a message for what the engine adds when it passes the tasks on, and for characters of more than one byte. */
const FILL = 0.75;
/** While the server's greeting is not known, its usual limit is assumed. */
const maxPayloadOf = ({ link }: Api): number => link.info?.max_payload ?? MESSAGE_BYTES_MAX;

/** See `Client.submit`. */
export const submitOne = async (
  context: SubmitContext,
  spec: TaskSpec,
  { door = 'auto', timeoutMs = SUBMIT_MS }: SubmitOptions = {},
): Promise<Accepted> => {
  const maxBytes = maxPayloadOf(context);
  const signed = context.sign ? await context.sign(spec) : spec;
  const task = encodeTask(signed, { index: 0, newId: context.newId, maxPayload: maxBytes });
  let outcome: SubmitOutcome | undefined;
  await deliver(
    context,
    { band: task.band, tasks: [task] },
    {
      door,
      deadline: performance.now() + timeoutMs,
      isPatient: false,
      maxBytes,
      isSingle: true,
      settle: (_, settled) => {
        outcome = settled;
      },
    },
  );
  return acceptedOr(outcome, context);
};

const acceptedOr = (outcome: SubmitOutcome | undefined, { streamed }: SubmitContext): Accepted => {
  if (outcome === undefined)
    throw errorOf({ code: 'INTERNAL', message: 'a submission ended without an outcome' });
  if ('error' in outcome) throw errorOf(outcome.error);
  if (outcome.door === 'drop') streamed(outcome.id);
  return outcome;
};

export type Specs = Iterable<TaskSpec> | AsyncIterable<TaskSpec>;

/** See `Client.submitMany`. */
export const submitMany = async (
  context: SubmitContext,
  specs: Specs,
  options: SubmitManyOptions = {},
): Promise<SubmitOutcome[]> => {
  const submission = new Submission(context, options);
  if (context.sign || Symbol.asyncIterator in specs) {
    for await (const spec of specs) {
      await (context.sign ? submission.addSigned(spec, context.sign) : submission.add(spec));
      submission.sendWhenIdle();
    }
  } else {
    for (const spec of specs) {
      const full = submission.add(spec);
      if (full) await full;
    }
  }
  return submission.finish();
};

/** One call of `submitMany`: what is being gathered, what is in flight, and the outcomes in the order of the tasks. */
class Submission {
  readonly #context: SubmitContext;
  readonly #options: Omit<DeliveryOptions, 'deadline'>;
  readonly #timeoutMs: number;
  readonly #window: number;
  readonly #batcher: Batcher;
  readonly #maxPayload: number;
  readonly #outcomes: (SubmitOutcome | undefined)[] = [];
  #inFlight = 0;
  #sendWhenIdle = false;
  #freed: (() => void) | undefined;

  constructor(context: SubmitContext, { timeoutMs, door, chunk, window = WINDOW }: SubmitManyOptions) {
    refuseOutside(window, { field: 'window', max: WINDOW_MAX, unit: 'messages' });
    this.#context = context;
    this.#timeoutMs = timeoutMs ?? SUBMIT_MANY_MS;
    this.#window = window;
    this.#maxPayload = maxPayloadOf(context);
    const maxBytes = Math.floor(Math.min(this.#maxPayload, MESSAGE_BYTES_MAX) * FILL);
    this.#batcher = new Batcher({
      tasks: Math.min(CHUNK_MAX, Math.max(1, chunk ?? CHUNK)),
      chars: maxBytes,
    });
    this.#options = {
      door: door ?? 'auto',
      isPatient: true,
      maxBytes,
      isSingle: false,
      settle: this.#settle,
    };
  }

  /** Takes one task. Returns a promise only when a message went off: it resolves when the next may. */
  add(spec: TaskSpec): Promise<void> | undefined {
    const index = this.#outcomes.push(undefined) - 1;
    const task = this.#encoded(spec, index);
    const batch = task && this.#batcher.add(task);
    return batch && this.#send(batch);
  }

  /** The same for a task that is signed first. One that cannot be signed is not sent. */
  async addSigned(spec: TaskSpec, sign: SignTask): Promise<void> {
    const signed = await sign(spec).catch((error: unknown) => {
      this.#outcomes.push(refused(spec, error));
    });
    if (signed) await this.add(signed);
  }

  /** For tasks that trickle in: what is there goes off when nothing is in flight, so no task waits for a full message. */
  sendWhenIdle(): void {
    this.#sendWhenIdle = true;
    if (this.#inFlight === 0) this.#sendRest();
  }

  async finish(): Promise<SubmitOutcome[]> {
    this.#sendWhenIdle = false;
    this.#sendRest();
    while (this.#inFlight > 0) await this.#nextFreed();
    return this.#outcomes as SubmitOutcome[];
  }

  #encoded(spec: TaskSpec, index: number): EncodedTask | undefined {
    try {
      return encodeTask(spec, { index, newId: this.#context.newId, maxPayload: this.#maxPayload });
    } catch (error) {
      this.#outcomes[index] = refused(spec, error);
      return undefined;
    }
  }

  async #send(batch: Batch): Promise<void> {
    void this.#deliver(batch);
    while (this.#inFlight >= this.#window) await this.#nextFreed();
  }

  #sendRest(): void {
    for (const batch of this.#batcher.rest()) void this.#deliver(batch);
  }

  async #deliver(batch: Batch): Promise<void> {
    this.#inFlight++;
    try {
      await deliver(this.#context, batch, {
        ...this.#options,
        deadline: performance.now() + this.#timeoutMs,
      });
    } catch (error) {
      for (const task of batch.tasks) this.#outcomes[task.index] ??= { id: task.id, error: problemOf(error) };
    }
    this.#inFlight--;
    this.#freed?.();
    if (this.#sendWhenIdle && this.#inFlight === 0) this.#sendRest();
  }

  readonly #settle = (task: EncodedTask, outcome: SubmitOutcome): void => {
    this.#outcomes[task.index] = outcome;
    if ('door' in outcome && outcome.door === 'drop') this.#context.streamed(outcome.id);
  };

  #nextFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.#freed = resolve;
    });
  }
}

const refused = (spec: TaskSpec, error: unknown): SubmitOutcome => ({
  id: String(spec?.id ?? ''),
  error: problemOf(error),
});
