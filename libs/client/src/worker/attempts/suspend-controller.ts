import { messageOf } from '@precedent/kernel';
import type { Suspendable } from '../handler.ts';
import type { Attempt } from './attempt.ts';

export interface FreezerTerms {
  readonly log: (lease: Attempt, text: string) => void;
  /** A lease is frozen now, for the decision that it names. */
  readonly frozen: (lease: Attempt) => void;
}

/** Which order to freeze, or to thaw, this is; absent when nobody counts them. */
export type Order = string | undefined;

/** Freezes and thaws what attempts run outside of this process, where they have said how. */
export class SuspendController {
  readonly #terms: FreezerTerms;
  readonly #frozen = new Set<Attempt>();

  constructor(terms: FreezerTerms) {
    this.#terms = terms;
  }

  /** Leases that are frozen, and use no slot. */
  get size(): number {
    return this.#frozen.size;
  }

  /** Those that were frozen for a decision, which it names. */
  *named(): Generator<[id: string, epoch: number, decision: string]> {
    for (const { id, epoch, frozenFor } of this.#frozen)
      if (frozenFor !== undefined) yield [id, epoch, frozenFor];
  }

  /** A suspension may come before the code has said how it is done. */
  register(lease: Attempt, control: Suspendable): void {
    lease.control = control;
    if (lease.suspended) this.#freeze(lease);
  }

  /** A lease that is to end is not frozen any more. */
  suspend(lease: Attempt, order: Order): void {
    if (lease.stopped) return;
    [lease.suspended, lease.frozenFor] = [true, order];
    lease.sign();
    this.#freeze(lease);
  }

  /** Thaws what is frozen for this order, and for no later one; without an order whatever it is frozen for. */
  resume(lease: Attempt, order: Order): void {
    if (order !== undefined && lease.suspended && lease.frozenFor !== order) return;
    lease.suspended = false;
    this.#frozen.delete(lease);
    lease.sign();
    void this.#control(lease, 'resume');
  }

  /** Nothing of the lease runs any more. */
  forget(lease: Attempt): void {
    this.#frozen.delete(lease);
  }

  #freeze(lease: Attempt): void {
    if (lease.control === undefined) return;
    const { frozenFor } = lease;
    void this.#control(lease, 'suspend').then((isHeld) => {
      const isStill = lease.running && lease.suspended && lease.frozenFor === frozenFor;
      if (!isHeld || !isStill) return;
      this.#frozen.add(lease);
      if (frozenFor !== undefined) this.#terms.frozen(lease);
    });
  }

  /** A control that throws must not end the reading of the connection. */
  async #control(lease: Attempt, kind: 'suspend' | 'resume'): Promise<boolean> {
    try {
      return (await lease.control?.[kind]()) !== false;
    } catch (error) {
      const reason = messageOf(error);
      this.#terms.log(lease, `${kind} failed: ${reason}`);
      return false;
    }
  }
}
