import type { Suspendable } from './job.ts';
import type { Lease } from './lease.ts';

/** Freezes and thaws what attempts run outside of this process, where they have said how. */
export class Freezer {
  readonly #log: (lease: Lease, text: string) => void;

  constructor(log: (lease: Lease, text: string) => void) {
    this.#log = log;
  }

  /** A suspension may come before the code has said how it is done. */
  register(lease: Lease, control: Suspendable): void {
    lease.control = control;
    if (lease.suspended) this.set(lease, 'suspend');
  }

  /** A control that throws must not end the reading of the connection. */
  set(lease: Lease, kind: 'suspend' | 'resume'): void {
    lease.suspended = kind === 'suspend';
    lease.sign();
    try {
      lease.control?.[kind]();
    } catch (error) {
      this.#log(lease, `${kind} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
