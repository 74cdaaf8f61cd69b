import type { Assignment, SettledLease } from '@precedent/contracts';
import { LIMITS } from '@precedent/contracts';
import { AppError, isAppError } from '@precedent/kernel';
import type { CheckpointOptions, ResumePoint } from './handler.ts';
import type { PendingRollback } from './checkpoints/checkpoint-log.ts';
import { CheckpointLog } from './checkpoints/checkpoint-log.ts';
import type { Attempt } from './attempts/attempt.ts';
import type { WorkerSettings } from './options.ts';
import { bareReport } from './attempts/exit.ts';
import type { RetryingRequester } from './retrying-requester.ts';
import { resumePointOf } from './checkpoints/resume.ts';
import type { FailedRollback } from './checkpoints/rollback.ts';
import { rollBack } from './checkpoints/rollback.ts';
import { rollbackError, withFailedRollback } from './checkpoints/rollback-report.ts';
import type { SessionChannel } from './session-channel.ts';

export interface KeepingTerms {
  readonly plan: WorkerSettings;
  readonly wire: SessionChannel;
  readonly repeater: RetryingRequester;
  readonly log: (lease: Attempt, text: string) => void;
  /** The engine has said that the lease is over. */
  readonly lost: (lease: Attempt) => void;
}

/** Room for everything in a step beside its state. */
const STEP_BYTES = 4_096;

/** The checkpoint contract for the attempts of one session: what they keep, undo, and go on from. */
export class Keeping {
  readonly #terms: KeepingTerms;

  constructor(terms: KeepingTerms) {
    this.#terms = terms;
  }

  readonly checkpoint = async (
    lease: Attempt,
    state: unknown,
    options?: CheckpointOptions,
  ): Promise<void> => {
    lease.sign();
    await this.#keptOf(lease).checkpoint(state, options);
    lease.sign();
    if (options?.thenYield !== false) lease.yieldIfAsked();
  };

  readonly onRollback = async (lease: Attempt, name: string, payload: unknown): Promise<void> => {
    lease.sign();
    await this.#keptOf(lease).onRollback(name, payload);
  };

  /**
   * Before a handler starts again: undoes what earlier runs have left, then says where to go on. Rejects with
   * ROLLBACK_FAILED when something could not be undone, JOURNAL_UNAVAILABLE when the state cannot be read now.
   */
  async prepare(lease: Attempt, job: Assignment): Promise<ResumePoint | undefined> {
    const failed = await this.#rollBack(lease, job.resume?.undo ?? []);
    if (failed.length > 0) throw rollbackError(lease.id, failed);
    const { plan, wire } = this.#terms;
    return resumePointOf(job, { plan, blobs: wire.blobs, log: (text) => this.#terms.log(lease, text) });
  }

  /** Before the end is reported: waits for the last step, and undoes what no checkpoint covers. Never rejects. */
  async finish(lease: Attempt, report: string): Promise<string> {
    try {
      const undos = (await lease.kept?.seal()) ?? [];
      return undos.length > 0 ? await this.#undo(lease, report, undos) : report;
    } catch {
      // The lease has ended meanwhile: whoever has the task now undoes what is left, and reports.
      return bareReport(lease, 'stopped');
    }
  }

  async #undo(lease: Attempt, report: string, undos: readonly PendingRollback[]): Promise<string> {
    const settled = JSON.parse(report) as SettledLease;
    if (settled.outcome === 'completed' || settled.outcome === 'yielded') return report;
    if (lease.stopped?.reason === 'lease_lost') return report;
    const failed = await this.#rollBack(lease, undos);
    return failed.length > 0 ? withFailedRollback(settled, lease.stopped, failed) : report;
  }

  async #rollBack(lease: Attempt, undos: readonly PendingRollback[]): Promise<readonly FailedRollback[]> {
    if (undos.length === 0) return [];
    const kept = this.#keptOf(lease);
    return rollBack(undos, {
      id: lease.id,
      actions: this.#terms.plan.rollbacks,
      lost: kept.lost,
      log: (text) => this.#terms.log(lease, text),
      undone: (undo, error) => this.#note(lease, () => kept.undone(undo, error)),
    });
  }

  /** What was undone is undone, even if the engine does not want to know; only a lost lease ends a rollback. */
  async #note(lease: Attempt, undone: () => Promise<void>): Promise<void> {
    lease.sign();
    try {
      await undone();
    } catch (error) {
      if (!isAppError(error) || error.code === 'STALE_EPOCH') throw error;
      this.#terms.log(lease, `the engine refused to note a rollback action: ${error.code}: ${error.message}`);
    }
  }

  #keptOf(lease: Attempt): CheckpointLog {
    if (!lease.running)
      throw new AppError('STALE_EPOCH', `lease ${lease.epoch} of task ${lease.id} has ended`);
    lease.kept ??= this.#made(lease);
    return lease.kept;
  }

  #made(lease: Attempt): CheckpointLog {
    const { plan, wire, repeater } = this.#terms;
    const kept = new CheckpointLog({
      session: wire.session,
      id: lease.id,
      epoch: lease.epoch,
      repeater,
      lost: () => this.#terms.lost(lease),
      blobs: wire.blobs,
      inlineBytes: Math.min(LIMITS.checkpointInlineBytes, wire.maxPayload - STEP_BYTES),
      version: plan.handlerVersion,
      rollbacks: plan.rollbacks,
    });
    if (lease.stopped?.reason === 'lease_lost') kept.lose();
    return kept;
  }
}
