import type { Assignment, BulkPiece, BulkPieceReply } from '@precedent/contract-types';
import { AppError, isAppError } from '@precedent/kernel';
import { encode } from '../../json.ts';
import type { CheckpointOptions, ResumePoint, StopRequest } from '../handler.ts';
import { CheckpointLog } from '../checkpoints/checkpoint-log.ts';
import type { AttemptSession } from '../checkpoints/step-writer.ts';
import { readResumePoint } from '../checkpoints/resume.ts';
import type { FailedRollback, PendingRollback } from '../checkpoints/rollback.ts';
import { rollBack, rollbackError, withFailedRollback } from '../checkpoints/rollback.ts';
import type { LogStream } from './attempt-log.ts';
import { AttemptLog } from './attempt-log.ts';
import type { AttemptExit } from './exit.ts';
import { Interruption } from './interruption.ts';

/**
 * One attempt of one task under one lease, from its assignment until the engine has confirmed its end. Its state changes only here, and
 * its log, checkpoints and atomic sections are made when the code first uses them.
 */
export class ActiveAttempt {
  readonly id: string;
  readonly epoch: number;
  readonly attempt: number;
  /** Of the task, where its engine names it. */
  readonly digest: string | undefined;
  /** Which run of its task it is, from 1; one that was interrupted has several. */
  readonly run: number;
  readonly graceMs: number;
  /** Milliseconds between signs of life of the code; 0: none required. */
  readonly heartbeatMs: number;
  /** With which its idempotency keys begin: its own id, or that of the task whose keys it shall have. */
  readonly keys: string;
  readonly #session: AttemptSession;
  #interruption: Interruption | undefined;
  #isRunning = false;
  /** Milliseconds of `performance.now()`; kept only where signs of life are required. */
  #lastSignAt = 0;
  #log: AttemptLog | undefined;
  #checkpoints: CheckpointLog | undefined;

  /** It does not hold the assignment, so that the payload is free as soon as the code has ended. */
  constructor(job: Assignment, session: AttemptSession) {
    const { id, epoch, attempt, digest, graceMs, heartbeatMs, resume, task } = job;
    this.digest = digest;
    this.id = id;
    this.keys = task.redriveOf?.keys ?? id;
    this.epoch = epoch;
    this.attempt = attempt;
    this.run = (resume?.segments ?? 0) + 1;
    this.graceMs = graceMs;
    this.heartbeatMs = heartbeatMs;
    this.#session = session;
    this.heartbeat();
  }

  /** Whether its code has a slot. Afterwards only the report is outstanding. */
  get isRunning(): boolean {
    return this.#isRunning;
  }

  get interruption(): Interruption {
    this.#interruption ??= new Interruption();
    return this.#interruption;
  }

  /** Why its code was requested to stop, if it was. */
  get stopRequest(): StopRequest | undefined {
    return this.#interruption?.stopRequest;
  }

  get hasCheckpoints(): boolean {
    return this.#checkpoints !== undefined;
  }

  get hasLog(): boolean {
    return this.#log !== undefined;
  }

  /** Milliseconds since the last sign of life; `undefined` where none is required. */
  quietMs(now: number): number | undefined {
    return this.heartbeatMs > 0 ? Math.round(now - this.#lastSignAt) : undefined;
  }

  /** The longest time that the code may take to stop, in milliseconds: atomic sections come before the grace. */
  get stopMs(): number {
    return this.graceMs + this.interruption.atomicMs;
  }

  start(): void {
    this.heartbeat();
    this.#isRunning = true;
  }

  end(): void {
    this.#isRunning = false;
  }

  heartbeat(): void {
    if (this.heartbeatMs > 0) this.#lastSignAt = performance.now();
  }

  stop(request: StopRequest): void {
    if (request.reason === 'lease_lost') this.#checkpoints?.lose();
    this.interruption.stop(request);
  }

  /** Runs `fn` as one piece; the engine hears how long the code must not be cut. */
  atomic<T>(fn: () => Promise<T> | T, maxMs: number): Promise<T> {
    const { channel } = this.#session;
    const { id, epoch } = this;
    return this.interruption.atomic(fn, maxMs, (ms) =>
      channel.publish({ kind: 'atomic', session: channel.session, id, epoch, maxMs: ms }),
    );
  }

  log(stream: LogStream, text: string): void {
    const { settings, channel } = this.#session;
    this.#log ??= new AttemptLog({
      id: this.id,
      epoch: this.epoch,
      attempt: this.attempt,
      capBytes: settings.logBytes,
      store: (chunk) => channel.storeLog(chunk.id, JSON.stringify(chunk)),
      now: Date.now,
    });
    this.#log.write(stream, text);
  }

  /** Resolves when the last piece of the log is stored. */
  async closeLog(): Promise<void> {
    await this.#log?.close();
  }

  async checkpoint(state: unknown, options?: CheckpointOptions): Promise<void> {
    this.heartbeat();
    await this.#checkpointLog().checkpoint(state, options);
    this.heartbeat();
    if (options?.thenYield !== false) this.interruption.yieldIfRequested();
  }

  /** Repeated until the engine has answered. Rejects STALE_EPOCH when the lease has ended meanwhile. */
  async actOn(piece: BulkPiece): Promise<BulkPieceReply> {
    const { channel, requester } = this.#session;
    const { id, epoch } = this;
    const message = { kind: 'bulk', session: channel.session, id, epoch, ...piece };
    const reply = await requester.request(encode(JSON.stringify(message)), () => !this.#isRunning);
    this.heartbeat();
    if (reply === undefined) throw this.#over();
    if (reply.kind === 'refused') throw reply.error;
    return reply.body as BulkPieceReply;
  }

  async onRollback(name: string, payload: unknown): Promise<void> {
    this.heartbeat();
    await this.#checkpointLog().onRollback(name, payload);
  }

  /**
   * For a task that ran before: undoes what its earlier runs have left, then resolves to where it goes on. Rejects with ROLLBACK_FAILED when
   * something could not be undone, with JOURNAL_UNAVAILABLE when the state cannot be read now, and as a safe point does.
   */
  async resume(job: Assignment): Promise<ResumePoint | undefined> {
    const failed = await this.#rollBack(job.resume?.undo ?? []);
    if (failed.length > 0) throw rollbackError(this.id, failed);
    const point = await readResumePoint(job, this.#session, (text) => this.log('log', text));
    this.interruption.yieldIfRequested();
    return point;
  }

  /** Waits for the last step, then undoes what no checkpoint covers, unless the task goes on from there. Never rejects. */
  async compensate(exit: AttemptExit): Promise<AttemptExit> {
    try {
      const pending = (await this.#checkpoints?.seal()) ?? [];
      const { stopRequest } = this;
      const isLeft = exit.outcome === 'completed' || exit.outcome === 'yielded';
      if (isLeft || stopRequest?.reason === 'lease_lost') return exit;
      const failed = await this.#rollBack(pending);
      return failed.length > 0 ? withFailedRollback(this.id, { exit, stopRequest, failed }) : exit;
    } catch {
      // The lease has ended meanwhile: the worker that has the task now undoes what is left, and reports.
      return { outcome: 'stopped' };
    }
  }

  async #rollBack(pending: readonly PendingRollback[]): Promise<readonly FailedRollback[]> {
    if (pending.length === 0) return [];
    const checkpoints = this.#checkpointLog();
    return rollBack(pending, {
      id: this.id,
      actions: this.#session.settings.rollbacks,
      lost: checkpoints.lost,
      log: (text) => this.log('log', text),
      rolledBack: (action, error) => this.#note(() => checkpoints.rolledBack(action, error)),
    });
  }

  /** What was undone stays undone, even if the engine refuses to note it; only a lost lease ends a rollback. */
  async #note(step: () => Promise<void>): Promise<void> {
    this.heartbeat();
    try {
      await step();
    } catch (error) {
      if (!isAppError(error) || error.code === 'STALE_EPOCH') throw error;
      this.log('log', `the engine refused to note a rollback action: ${error.code}: ${error.message}`);
    }
  }

  #checkpointLog(): CheckpointLog {
    if (!this.#isRunning) throw this.#over();
    if (this.#checkpoints) return this.#checkpoints;
    this.#checkpoints = new CheckpointLog(this, this.#session);
    if (this.stopRequest?.reason === 'lease_lost') this.#checkpoints.lose();
    return this.#checkpoints;
  }

  #over(): AppError {
    return new AppError('STALE_EPOCH', `lease ${this.epoch} of task ${this.id} has ended`);
  }
}
