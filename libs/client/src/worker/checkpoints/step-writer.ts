import { LIMITS } from '@precedent/contracts';
import type { KeepMessage } from '@precedent/contracts';
import { AppError, isAppError } from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';
import { encode } from '../../json.ts';
import type { RetryingRequester } from '../retrying-requester.ts';

type Unnumbered<S> = S extends unknown ? Omit<S, 'seq'> : never;

/** A step without its number. */
export type Draft = Unnumbered<KeepMessage['step']>;

/** A step to keep; `state` is JSON text, to be sent as it is. */
export interface Written {
  readonly draft: Draft;
  readonly state?: string;
}

export interface StepTerms {
  readonly session: string;
  readonly id: string;
  readonly epoch: number;
  readonly repeater: Pick<RetryingRequester, 'ask'>;
  /** The engine has said that the lease is over. */
  readonly lost: () => void;
}

const ignore = (): void => undefined;

/** The engine's words for: this lease is not yours any more. */
const OVER: ReadonlySet<ErrorCode> = new Set(['STALE_EPOCH', 'TASK_NOT_FOUND', 'TASK_SETTLED']);

/**
 * What one lease makes durable, one step after the other, each repeated until the engine has answered. The engine knows a
 * step that it has had by its number.
 */
export class StepWriter {
  readonly #terms: StepTerms;
  #seq = 0;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #isLost = false;
  /** Rejects the step under way. */
  #interrupt: (reason: unknown) => void = ignore;

  constructor(terms: StepTerms) {
    this.#terms = terms;
  }

  /**
   * Resolves when the step is durable. `write` is called when it is its turn, `kept` with its number before the next one's.
   * Rejects with what `write` or the engine refuses, with INVALID_REQUEST when too many wait, and with STALE_EPOCH when the
   * lease has ended.
   */
  keep(write: () => Written | Promise<Written>, kept: (seq: number) => void = ignore): Promise<void> {
    if (this.#waiting >= LIMITS.stepsWaiting) return Promise.reject(tooMany(this.#waiting));
    this.#waiting++;
    const turn = this.#last.then(() => this.#take(write, kept)).finally(() => this.#waiting--);
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

  #take(write: () => Written | Promise<Written>, kept: (seq: number) => void): Promise<void> {
    if (this.#isLost) return Promise.reject(this.#over());
    return new Promise((resolve, reject) => {
      this.#interrupt = reject;
      this.#deliver(write, kept).then(resolve, reject);
    });
  }

  async #deliver(write: () => Written | Promise<Written>, kept: (seq: number) => void): Promise<void> {
    const written = await write();
    const seq = this.#seq + 1;
    const answered = await this.#terms.repeater.ask(this.#message(seq, written), () => this.#isLost);
    if (answered === undefined || this.#isLost) throw this.#over();
    if (answered.kind === 'refused') throw this.#refusal(answered.error);
    this.#seq = seq;
    kept(seq);
  }

  /** The state goes in as the very text that was hashed. */
  #message(seq: number, { draft, state }: Written): Uint8Array {
    const { session, id, epoch } = this.#terms;
    const text = JSON.stringify({ ...draft, seq });
    const step = state === undefined ? text : `${text.slice(0, -1)},"state":${state}}`;
    return encode(`{"kind":"keep","session":"${session}","id":"${id}","epoch":${epoch},"step":${step}}`);
  }

  #refusal(error: unknown): unknown {
    if (isAppError(error) && OVER.has(error.code)) this.#terms.lost();
    return error;
  }

  #over(): AppError {
    const { id, epoch } = this.#terms;
    return new AppError('STALE_EPOCH', `lease ${epoch} of task ${id} has ended`);
  }
}

/** Each holds its state: code that never waits would fill the memory. */
const tooMany = (waiting: number): AppError => {
  const fact = `the attempt has ${waiting} of ${LIMITS.stepsWaiting} steps under way`;
  return new AppError('INVALID_REQUEST', `${fact}: wait for one before the next`);
};
