import { LIMITS } from '@precedent/contracts';
import { AppError, canonicalText, exceedsBytes, nearest } from '@precedent/kernel';
import { encode, toJsonText } from '../../json.ts';
import type { LeaseKey } from '../attempts/attempt-table.ts';
import type { CheckpointOptions } from '../handler.ts';
import type { PendingRollback } from './rollback.ts';
import { stateHash } from './state-store.ts';
import type { UnnumberedStep, AttemptSession, WrittenStep } from './step-writer.ts';
import { StepWriter } from './step-writer.ts';

/** Bytes in a message for everything but the state of a checkpoint. */
const STEP_BYTES = 4_096;
/** States in the object store for each lease: the one that the journal names, and the one being written. */
const STORED_STATES = 2;

/** What one attempt has made durable: its checkpoints, and the actions that undo what it did since the last of them. */
export class CheckpointLog {
  readonly #lease: LeaseKey;
  readonly #session: AttemptSession;
  readonly #steps: StepWriter;
  #pending: PendingRollback[] = [];
  #pendingBytes = 0;
  readonly #lost = new AbortController();
  #stored = 0;
  #isSealed = false;

  constructor(lease: LeaseKey, session: AttemptSession) {
    this.#lease = lease;
    this.#session = session;
    this.#steps = new StepWriter(lease, session);
  }

  /** Resolves when the state, as it is at the call, is durable. */
  async checkpoint(state: unknown, options: CheckpointOptions = {}): Promise<void> {
    this.#refuseLate();
    const text = stateText(state, 'state');
    refuseLarger(text, LIMITS.checkpointBytes, 'state');
    const { version = this.#session.settings.handlerVersion, fraction } = options;
    refuseVersion(version);
    const extras = { version, ...(isNumber(fraction) && { fraction: Math.min(1, Math.max(0, fraction)) }) };
    await this.#steps.write(
      () => this.#written(text, extras),
      () => {
        this.#pending = [];
        this.#pendingBytes = 0;
      },
    );
  }

  /** Resolves when the action is durable. */
  async onRollback(name: string, payload?: unknown): Promise<void> {
    this.#refuseLate();
    this.#refuseUnknown(name);
    const text = payload === undefined ? undefined : stateText(payload, 'payload of the rollback action');
    if (text !== undefined) refuseLarger(text, LIMITS.rollbackBytes, 'payload of the rollback action');
    const action = { name, ...(text !== undefined && { payload: JSON.parse(text) as unknown }) };
    const bytes = text === undefined ? 0 : encode(text).length;
    const prepare = (): WrittenStep => {
      this.#refuseMany(bytes);
      return { step: { kind: 'undo', ...action } as UnnumberedStep };
    };
    const { epoch } = this.#lease;
    await this.#steps.write(prepare, (seq) => {
      this.#pending.push({ seq, epoch, ...action });
      this.#pendingBytes += bytes;
    });
  }

  /** Notes that an action was carried out, or has failed for good. */
  async rolledBack({ seq: of, epoch: ofEpoch }: PendingRollback, error: AppError | undefined): Promise<void> {
    const problem = error && { error: { code: error.code, message: error.message } };
    const step: UnnumberedStep = { kind: 'undone', of, ofEpoch, ...problem };
    await this.#steps.write(() => ({ step }));
  }

  /** The handler has ended: takes no more. Resolves to the actions to carry out, oldest first, when every step has its answer. */
  async seal(): Promise<readonly PendingRollback[]> {
    this.#isSealed = true;
    await this.#steps.idle();
    return this.#pending;
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
  async #written(text: string, extras: { version: string; fraction?: number }): Promise<WrittenStep> {
    const { channel } = this.#session;
    const isSmall = !exceedsBytes(
      text,
      Math.min(LIMITS.checkpointInlineBytes, channel.maxPayload - STEP_BYTES),
    );
    // In the message its keys are sorted: the same text after the engine has read it and written it again.
    const state = isSmall ? canonicalText(JSON.parse(text)) : text;
    const bytes = encode(state);
    const step = {
      kind: 'checkpoint',
      hash: await stateHash(bytes),
      bytes: bytes.length,
      ...extras,
    } as const;
    if (isSmall) return { step, state };
    const ref = `${this.#lease.id}/${this.#lease.epoch}/${this.#stored % STORED_STATES}`;
    await channel.states.put(ref, bytes);
    this.#stored++;
    return { step: { ...step, ref } };
  }

  #refuseLate(): void {
    if (!this.#isSealed) return;
    const { id, epoch } = this.#lease;
    throw new AppError('STALE_EPOCH', `lease ${epoch} of task ${id} has ended: its handler has`);
  }

  #refuseUnknown(name: string): void {
    const { rollbacks } = this.#session.settings;
    if (rollbacks.has(name)) return;
    const near = nearest(name, [...rollbacks.keys()]);
    const hint = near === undefined ? '' : `; did you mean ${near}?`;
    throw new AppError('INVALID_REQUEST', `the worker has no rollback action ${name}${hint}`);
  }

  #refuseMany(bytes: number): void {
    const since = 'rollback actions since its last checkpoint';
    if (this.#pending.length >= LIMITS.rollbacksPerCheckpoint) {
      const fact = `${this.#pending.length} of ${LIMITS.rollbacksPerCheckpoint} ${since}`;
      throw new AppError('INVALID_REQUEST', `the attempt has ${fact}: take one first`);
    }
    const whole = this.#pendingBytes + bytes;
    if (whole <= LIMITS.rollbacksBytes) return;
    const fact = `${whole} of at most ${LIMITS.rollbacksBytes} bytes in ${since}`;
    throw new AppError('PAYLOAD_TOO_LARGE', `the attempt has ${fact}: take one first`);
  }
}

const stateText = (value: unknown, what: string): string => toJsonText(value, what) ?? 'null';

/** Throws PAYLOAD_TOO_LARGE, which says how many bytes are allowed. */
const refuseLarger = (text: string, limit: number, what: string): void => {
  if (!exceedsBytes(text, limit)) return;
  const message = `the ${what} has ${encode(text).length} of at most ${limit} bytes as JSON`;
  throw new AppError('PAYLOAD_TOO_LARGE', message);
};

const isNumber = (fraction: number | undefined): fraction is number => Number.isFinite(fraction);

const refuseVersion = (version: string): void => {
  if (version.length <= LIMITS.versionChars) return;
  const message = `the version of a state has ${version.length} of at most ${LIMITS.versionChars} characters`;
  throw new AppError('INVALID_REQUEST', message);
};
