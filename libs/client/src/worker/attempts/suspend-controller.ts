import { messageOf } from '@precedent/kernel';
import type { Suspendable } from '../handler.ts';
import type { ActiveAttempt } from './attempt.ts';

interface Suspension {
  /** `undefined` while the code has not said how it can be frozen. */
  control: Suspendable | undefined;
  /** It is to be frozen, or is. */
  isRequested: boolean;
  /** The preemption decision for which it is; absent where the engine did not name one. */
  decision: string | undefined;
}

/** Freezes and resumes what attempts run outside of this process, where they have said how. */
export class SuspendController {
  readonly #suspensions = new Map<ActiveAttempt, Suspension>();
  readonly #frozen = new Set<ActiveAttempt>();
  readonly #suspended: () => void;

  /** `suspended` is called whenever an attempt has been frozen for a decision. */
  constructor(suspended: () => void) {
    this.#suspended = suspended;
  }

  /** Attempts that are frozen, and use no slot. */
  get frozen(): number {
    return this.#frozen.size;
  }

  /** Whether it is frozen, or is to be. */
  isSuspended(attempt: ActiveAttempt): boolean {
    return this.#suspensions.get(attempt)?.isRequested === true;
  }

  /** The leases that are frozen for a decision, with its name. */
  *named(): Generator<[id: string, epoch: number, decision: string]> {
    for (const attempt of this.#frozen) {
      const decision = this.#suspensions.get(attempt)?.decision;
      if (decision !== undefined) yield [attempt.id, attempt.epoch, decision];
    }
  }

  /** The request to freeze may have come before the code says how that is done. */
  register(attempt: ActiveAttempt, control: Suspendable): void {
    if (!attempt.isRunning) return;
    const suspension = this.#of(attempt);
    suspension.control = control;
    if (suspension.isRequested) this.#freeze(attempt, suspension);
  }

  /** An attempt that is to end is not frozen any more. */
  suspend(attempt: ActiveAttempt, decision: string | undefined): void {
    if (attempt.interruption.stopRequest) return;
    const suspension = this.#of(attempt);
    suspension.isRequested = true;
    suspension.decision = decision;
    attempt.heartbeat();
    this.#freeze(attempt, suspension);
  }

  /** Resumes what is frozen for this decision, and for no later one; without a decision whatever it is frozen for. */
  resume(attempt: ActiveAttempt, decision: string | undefined): void {
    const suspension = this.#of(attempt);
    if (decision !== undefined && suspension.isRequested && suspension.decision !== decision) return;
    suspension.isRequested = false;
    this.#frozen.delete(attempt);
    attempt.heartbeat();
    void this.#control(attempt, suspension, 'resume');
  }

  /** The code of the attempt has ended. */
  forget(attempt: ActiveAttempt): void {
    this.#suspensions.delete(attempt);
    this.#frozen.delete(attempt);
  }

  #of(attempt: ActiveAttempt): Suspension {
    const known = this.#suspensions.get(attempt);
    if (known) return known;
    const suspension = { control: undefined, isRequested: false, decision: undefined };
    this.#suspensions.set(attempt, suspension);
    return suspension;
  }

  #freeze(attempt: ActiveAttempt, suspension: Suspension): void {
    if (suspension.control === undefined) return;
    const { decision } = suspension;
    void this.#control(attempt, suspension, 'suspend').then((isFrozen) => {
      const isStillWanted = attempt.isRunning && suspension.isRequested && suspension.decision === decision;
      if (!isFrozen || !isStillWanted) return;
      this.#frozen.add(attempt);
      if (decision !== undefined) this.#suspended();
    });
  }

  /** Resolves to whether it was done. A control that throws must not end the reading of the connection. */
  async #control(
    attempt: ActiveAttempt,
    { control }: Suspension,
    step: 'suspend' | 'resume',
  ): Promise<boolean> {
    try {
      return (await control?.[step]()) !== false;
    } catch (error) {
      attempt.log('log', `${step} failed: ${messageOf(error)}`);
      return false;
    }
  }
}
