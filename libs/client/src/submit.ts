import type { TaskSpec } from '@precedent/contracts';
import { errorOf, problemOf } from '@precedent/kernel';
import { refuseOutside } from './bounds.ts';
import type { Accepted, DeliveryTerms, DoorChoice, SubmitOutcome } from './delivery.ts';
import { deliver } from './delivery.ts';
import type { Doors } from './doors.ts';
import type { Draft } from './draft.ts';
import { draftOf } from './draft.ts';
import type { Parcel } from './pack.ts';
import { Packer } from './pack.ts';

export interface SubmitOptions {
  /** Milliseconds for everything: all tries at both doors. 10 s when left out. */
  readonly timeoutMs?: number;
  readonly door?: DoorChoice;
}

export interface SubmitManyOptions {
  /** Milliseconds that one message may be tried, waiting for room in a full band included. 60 s when left out. */
  readonly timeoutMs?: number;
  readonly door?: DoorChoice;
  /** Tasks in one message, 1 to 1,000. 256 when left out. */
  readonly chunk?: number;
  /** Messages in flight, 1 to 256. 8 when left out. */
  readonly window?: number;
}

/** What submissions need of the client that makes them. */
export interface Sender extends Doors {
  readonly newId: () => string;
  /** Told of each task left at the drop door: the engine does not know it yet. */
  readonly dropped: (id: string) => void;
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
const maxPayloadOf = ({ link }: Doors): number => link.info?.max_payload ?? MESSAGE_BYTES_MAX;

/** See `Client.submit`. */
export const submitOne = async (
  sender: Sender,
  spec: TaskSpec,
  options: SubmitOptions = {},
): Promise<Accepted> => {
  const maxPayload = maxPayloadOf(sender);
  const draft = draftOf(spec, { index: 0, newId: sender.newId, maxPayload });
  let outcome: SubmitOutcome | undefined;
  const settle = (_: Draft, settled: SubmitOutcome): void => {
    outcome = settled;
  };
  const until = performance.now() + (options.timeoutMs ?? SUBMIT_MS);
  const terms = {
    door: options.door ?? 'auto',
    until,
    patient: false,
    maxBytes: maxPayload,
    single: true,
    settle,
  };
  await deliver(sender, { band: draft.band, drafts: [draft] }, terms);
  return acceptedOr(outcome, sender);
};

const acceptedOr = (outcome: SubmitOutcome | undefined, { dropped }: Sender): Accepted => {
  if (outcome === undefined)
    throw errorOf({ code: 'INTERNAL', message: 'a submission ended without an outcome' });
  if ('error' in outcome) throw errorOf(outcome.error);
  if (outcome.door === 'drop') dropped(outcome.id);
  return outcome;
};

export type Specs = Iterable<TaskSpec> | AsyncIterable<TaskSpec>;

/** See `Client.submitMany`. */
export const submitMany = async (
  sender: Sender,
  specs: Specs,
  options: SubmitManyOptions = {},
): Promise<SubmitOutcome[]> => {
  const submission = new Submission(sender, options);
  if (Symbol.asyncIterator in specs) {
    for await (const spec of specs) {
      await submission.add(spec);
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
  readonly #sender: Sender;
  readonly #terms: Omit<DeliveryTerms, 'until'>;
  readonly #timeoutMs: number;
  readonly #window: number;
  readonly #packer: Packer;
  readonly #maxPayload: number;
  readonly #outcomes: (SubmitOutcome | undefined)[] = [];
  #inFlight = 0;
  #sendWhenIdle = false;
  #freed: (() => void) | undefined;

  constructor(sender: Sender, { timeoutMs, door, chunk, window = WINDOW }: SubmitManyOptions) {
    refuseOutside(window, { field: 'window', max: WINDOW_MAX, unit: 'messages' });
    this.#sender = sender;
    this.#timeoutMs = timeoutMs ?? SUBMIT_MANY_MS;
    this.#window = window;
    this.#maxPayload = maxPayloadOf(sender);
    const maxBytes = Math.floor(Math.min(this.#maxPayload, MESSAGE_BYTES_MAX) * FILL);
    this.#packer = new Packer({
      chunk: Math.min(CHUNK_MAX, Math.max(1, chunk ?? CHUNK)),
      maxChars: maxBytes,
    });
    this.#terms = { door: door ?? 'auto', patient: true, maxBytes, single: false, settle: this.#settle };
  }

  /** Takes one task. Returns a promise only when a message went off: it resolves when the next may. */
  add(spec: TaskSpec): Promise<void> | undefined {
    const index = this.#outcomes.push(undefined) - 1;
    const draft = this.#draft(spec, index);
    const parcel = draft && this.#packer.add(draft);
    return parcel && this.#send(parcel);
  }

  /** For tasks that trickle in: what is there goes off when nothing is in flight, so nobody waits for a full message. */
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

  #draft(spec: TaskSpec, index: number): Draft | undefined {
    try {
      return draftOf(spec, { index, newId: this.#sender.newId, maxPayload: this.#maxPayload });
    } catch (error) {
      this.#outcomes[index] = { id: String(spec?.id ?? ''), error: problemOf(error) };
      return undefined;
    }
  }

  async #send(parcel: Parcel): Promise<void> {
    void this.#deliver(parcel);
    while (this.#inFlight >= this.#window) await this.#nextFreed();
  }

  #sendRest(): void {
    for (const parcel of this.#packer.rest()) void this.#deliver(parcel);
  }

  async #deliver(parcel: Parcel): Promise<void> {
    this.#inFlight++;
    try {
      await deliver(this.#sender, parcel, { ...this.#terms, until: performance.now() + this.#timeoutMs });
    } catch (error) {
      for (const draft of parcel.drafts)
        this.#outcomes[draft.index] ??= { id: draft.id, error: problemOf(error) };
    }
    this.#inFlight--;
    this.#freed?.();
    if (this.#sendWhenIdle && this.#inFlight === 0) this.#sendRest();
  }

  readonly #settle = (draft: Draft, outcome: SubmitOutcome): void => {
    this.#outcomes[draft.index] = outcome;
    if ('door' in outcome && outcome.door === 'drop') this.#sender.dropped(outcome.id);
  };

  #nextFreed(): Promise<void> {
    return new Promise((resolve) => {
      this.#freed = resolve;
    });
  }
}
