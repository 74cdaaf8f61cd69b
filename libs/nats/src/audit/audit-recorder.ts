import { RefusalCounts } from '@precedent/access';
import type { AuditedRequest } from '@precedent/contract-types';
import { startTimer } from '@precedent/kernel';
import type { EpochMs, Timer } from '@precedent/kernel';
import type { AuditTrail } from '@precedent/ports';

/** A request, as far as it is known when it is decided about. */
export type AuditFacts = Omit<AuditedRequest, 'at' | 'service' | 'decision' | 'code'>;

export interface AuditRecorderOptions {
  readonly trail: AuditTrail;
  /** The program that decides. */
  readonly service: string;
  readonly now: () => EpochMs;
}

/** Records the decisions of a program about its callers. */
export class AuditRecorder {
  readonly trail: AuditTrail;
  readonly #options: AuditRecorderOptions;
  readonly #counts = new RefusalCounts();
  #timer: Timer | undefined;

  constructor(options: AuditRecorderOptions) {
    this.#options = options;
    this.trail = options.trail;
  }

  /** Resolves when it is durable that something is going to be done. Rejects AUDIT_UNAVAILABLE: then it must not be done. */
  allowed(facts: AuditFacts): Promise<void> {
    return this.trail.append(this.#entry(facts, 'allowed'));
  }

  /**
   * Resolves when it is durable that something was refused, or at once when there are so many refusals that it is only counted. Never
   * rejects: what could not be written is counted too, and written later.
   */
  async refused(facts: AuditFacts, code: AuditedRequest['code'] & {}): Promise<void> {
    const entry: AuditedRequest = { ...this.#entry(facts, 'refused'), code };
    if (this.#counts.isListed(entry)) await this.#list(entry);
    this.#arm();
  }

  /** Writes what was counted. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all(this.#counts.end(Number.POSITIVE_INFINITY).map((entry) => this.#list(entry)));
  }

  async #list(entry: AuditedRequest): Promise<void> {
    try {
      await this.trail.append(entry);
    } catch {
      this.#counts.count(entry);
    }
  }

  #entry(facts: AuditFacts, decision: AuditedRequest['decision']): AuditedRequest {
    const { now, service } = this.#options;
    return { at: now(), service, decision, ...facts };
  }

  /** Sets the timer for the end of the first minute, when it is not set. */
  #arm(): void {
    const end = this.#counts.nextEnd();
    if (end === undefined || this.#timer !== undefined) return;
    this.#timer = startTimer(end - this.#options.now(), () => void this.#endMinutes()).unref();
  }

  async #endMinutes(): Promise<void> {
    this.#timer = undefined;
    await Promise.all(this.#counts.end(this.#options.now()).map((entry) => this.#list(entry)));
    this.#arm();
  }
}
