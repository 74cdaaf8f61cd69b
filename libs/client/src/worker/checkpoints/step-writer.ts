import { LIMITS } from '@precedent/contracts';
import type { LeaseStepMessage } from '@precedent/contracts';
import { AppError, isAppError } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { encode } from '../../json.ts';
import type { LeaseKey } from '../attempts/attempt-table.ts';
import type { WorkerSettings } from '../settings.ts';
import type { RetryingRequester } from '../retrying-requester.ts';
import type { SessionChannel } from '../session-channel.ts';

type Unnumbered<S> = S extends unknown ? Omit<S, 'seq'> : never;

/** What one attempt makes durable at a time. The wire calls it `keep`. */
export type UnnumberedStep = Unnumbered<LeaseStepMessage['step']>;

/** A step ready to be sent. */
export interface WrittenStep {
  readonly step: UnnumberedStep;
  /** JSON text, to be sent as it is: the very text that was hashed. */
  readonly state?: string;
}

/** What the attempts of a worker session use of it. */
export interface AttemptSession {
  readonly settings: WorkerSettings;
  readonly channel: SessionChannel;
  readonly requester: RetryingRequester;
  /** Called when the engine says that a lease is over. */
  readonly leaseLost: (lease: LeaseKey) => void;
}

const ignore = (): void => undefined;

/** With these the engine says that the lease is over. */
const OVER: ReadonlySet<ErrorCode> = new Set(['STALE_EPOCH', 'TASK_NOT_FOUND', 'TASK_SETTLED']);

/**
 * Makes the steps of one lease durable, one after the other, each repeated until the engine has answered. The engine recognises a repeated
 * step by its number.
 */
export class StepWriter {
  readonly #lease: LeaseKey;
  readonly #session: AttemptSession;
  #seq = 0;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isLost = false;
  /** Rejects the step under way. */
  #interrupt: (reason: unknown) => void = ignore;

  constructor(lease: LeaseKey, session: AttemptSession) {
    this.#lease = lease;
    this.#session = session;
  }

  /**
   * Resolves when the step is durable. `prepare` is called when it is its turn, `durable` with its number before the turn of the next one.
   * Rejects with what `prepare` or the engine refuses, with INVALID_REQUEST when too many wait, and with STALE_EPOCH when the lease has
   * ended.
   */
  write(
    prepare: () => WrittenStep | Promise<WrittenStep>,
    durable: (seq: number) => void = ignore,
  ): Promise<void> {
    if (this.#waiting >= LIMITS.stepsWaiting) return Promise.reject(tooMany(this.#waiting));
    this.#waiting++;
    const turn = this.#last.then(() => this.#take(prepare, durable)).finally(() => this.#waiting--);
    this.#last = turn.catch(ignore);
    return turn;
  }

  /** Resolves when no step is under way. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** The lease has ended: what waits, and what comes, is refused. */
  lose(): void {
    this.#isLost = true;
    this.#interrupt(this.#over());
  }

  #take(prepare: () => WrittenStep | Promise<WrittenStep>, durable: (seq: number) => void): Promise<void> {
    if (this.#isLost) return Promise.reject(this.#over());
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      this.#deliver(prepare, durable).then(resolve, reject);
    });
  }

  async #deliver(
    prepare: () => WrittenStep | Promise<WrittenStep>,
    durable: (seq: number) => void,
  ): Promise<void> {
    const written = await prepare();
    const seq = this.#seq + 1;
    const reply = await this.#session.requester.request(this.#message(seq, written), () => this.#isLost);
    if (reply === undefined || this.#isLost) throw this.#over();
    if (reply.kind === 'refused') throw this.#refusal(reply.error);
    this.#seq = seq;
    durable(seq);
  }

  #message(seq: number, { step, state }: WrittenStep): Uint8Array {
    const { id, epoch } = this.#lease;
    const { session } = this.#session.channel;
    const text = JSON.stringify({ ...step, seq });
    const whole = state === undefined ? text : `${text.slice(0, -1)},"state":${state}}`;
    return encode(`{"kind":"keep","session":"${session}","id":"${id}","epoch":${epoch},"step":${whole}}`);
  }

  #refusal(error: unknown): unknown {
    if (isAppError(error) && OVER.has(error.code)) this.#session.leaseLost(this.#lease);
    return error;
  }

  #over(): AppError {
    const { id, epoch } = this.#lease;
    return new AppError('STALE_EPOCH', `lease ${epoch} of task ${id} has ended`);
  }
}

/** Each holds its state: code that never waits would fill the memory. */
const tooMany = (waiting: number): AppError => {
  const fact = `the attempt has ${waiting} of ${LIMITS.stepsWaiting} steps under way`;
  return new AppError('INVALID_REQUEST', `${fact}: wait for one before the next`);
};
