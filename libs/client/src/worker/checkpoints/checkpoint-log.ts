import { LIMITS } from '@precedent/contracts';
import { AppError, nearest, exceedsBytes } from '@precedent/kernel';
import { encode } from '../../json.ts';
import type { StateStore } from './state-store.ts';
import type { CheckpointOptions, RollbackAction } from '../handler.ts';
import type { Draft, StepTerms, Written } from './step-writer.ts';
import { StepWriter } from './step-writer.ts';
import { canonicalText, jsonText, refuseLarger, sha256 } from './state-text.ts';

export interface KeptTerms extends StepTerms {
  readonly blobs: Pick<StateStore, 'put'>;
  /** Bytes of state that may travel inside of a message. */
  readonly inlineBytes: number;
  /** Of the handler's code. */
  readonly version: string;
  readonly rollbacks: ReadonlyMap<string, RollbackAction>;
}

/** An action that is durable and not superfluous yet. */
export interface PendingRollback {
  readonly seq: number;
  readonly epoch: number;
  readonly name: string;
  readonly payload?: unknown;
}

/** States in the object store for each lease: the one that the journal names, and the one being written. */
const SLOTS = 2;

/** What one attempt has made durable: its checkpoints, and the actions that undo what it did since the last of them. */
export class CheckpointLog {
  readonly #terms: KeptTerms;
  readonly #steps: StepWriter;
  #undos: PendingRollback[] = [];
  #undoBytes = 0;
  readonly #lost = new AbortController();
  #stored = 0;
  #sealed = false;

  constructor(terms: KeptTerms) {
    this.#terms = terms;
    this.#steps = new StepWriter(terms);
  }

  /** Resolves when the state, as it is now, is durable. */
  async checkpoint(state: unknown, options: CheckpointOptions = {}): Promise<void> {
    this.#refuseLate();
    const text = jsonText(state, 'state');
    refuseLarger(text, LIMITS.checkpointBytes, 'state');
    const { version = this.#terms.version, fraction } = options;
    refuseVersion(version);
    const extras = { version, ...(isNumber(fraction) && { fraction: Math.min(1, Math.max(0, fraction)) }) };
    await this.#steps.keep(
      () => this.#written(text, extras),
      () => {
        this.#undos = [];
        this.#undoBytes = 0;
      },
    );
  }

  /** Resolves when the action is durable. */
  async onRollback(name: string, payload?: unknown): Promise<void> {
    this.#refuseLate();
    this.#refuseUnknown(name);
    const text = payload === undefined ? undefined : jsonText(payload, 'payload of the rollback action');
    if (text !== undefined) refuseLarger(text, LIMITS.undoBytes, 'payload of the rollback action');
    const kept = text === undefined ? {} : { payload: JSON.parse(text) as unknown };
    const draft = { kind: 'undo', name, ...kept } as Draft;
    const bytes = text === undefined ? 0 : encode(text).length;
    const write = (): Written => {
      this.#refuseMany(bytes);
      return { draft };
    };
    const { epoch } = this.#terms;
    await this.#steps.keep(write, (seq) => {
      this.#undos.push({ seq, epoch, name, ...kept });
      this.#undoBytes += bytes;
    });
  }

  /** Notes that an action was carried out, or has failed for good. */
  async undone({ seq: of, epoch: ofEpoch }: PendingRollback, error: AppError | undefined): Promise<void> {
    const problem = error && { error: { code: error.code, message: error.message } };
    const draft: Draft = { kind: 'undone', of, ofEpoch, ...problem };
    await this.#steps.keep(() => ({ draft }));
  }

  /** The handler has ended: takes no more. Resolves to the actions to carry out, oldest first, when all is kept. */
  async seal(): Promise<readonly PendingRollback[]> {
    this.#sealed = true;
    await this.#steps.idle();
    return this.#undos;
  }

  /** Aborted when the lease has ended. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** The lease has ended. */
  lose(): void {
    this.#steps.lose();
    this.#lost.abort();
  }

  /** A large state goes off first: the journal never names what is not there. */
  async #written(text: string, extras: { version: string; fraction?: number }): Promise<Written> {
    const isSmall = !exceedsBytes(text, this.#terms.inlineBytes);
    const state = isSmall ? canonicalText(text) : text;
    const bytes = encode(state);
    const base = { kind: 'checkpoint', hash: await sha256(bytes), bytes: bytes.length, ...extras } as const;
    if (isSmall) return { draft: base, state };
    const ref = `${this.#terms.id}/${this.#terms.epoch}/${this.#stored % SLOTS}`;
    await this.#terms.blobs.put(ref, bytes);
    this.#stored++;
    return { draft: { ...base, ref } };
  }

  #refuseLate(): void {
    if (!this.#sealed) return;
    const { id, epoch } = this.#terms;
    throw new AppError('STALE_EPOCH', `lease ${epoch} of task ${id} has ended: its handler has`);
  }

  #refuseUnknown(name: string): void {
    const { rollbacks } = this.#terms;
    if (rollbacks.has(name)) return;
    const near = nearest(name, [...rollbacks.keys()]);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new AppError('INVALID_REQUEST', `the worker has no rollback action ${name}${hint}`);
  }

  #refuseMany(bytes: number): void {
    const since = 'rollback actions since its last checkpoint';
    if (this.#undos.length >= LIMITS.undosPerCheckpoint) {
      const fact = `${this.#undos.length} of ${LIMITS.undosPerCheckpoint} ${since}`;
      throw new AppError('INVALID_REQUEST', `the attempt has ${fact}: take one first`);
    }
    const whole = this.#undoBytes + bytes;
    if (whole <= LIMITS.undosBytes) return;
    const fact = `${whole} of at most ${LIMITS.undosBytes} bytes in ${since}`;
    throw new AppError('PAYLOAD_TOO_LARGE', `the attempt has ${fact}: take one first`);
  }
}

const isNumber = (fraction: number | undefined): fraction is number => Number.isFinite(fraction);

const refuseVersion = (version: string): void => {
  if (version.length <= LIMITS.versionChars) return;
  const message = `the version of a state has ${version.length} of at most ${LIMITS.versionChars} characters`;
  throw new AppError('INVALID_REQUEST', message);
};
