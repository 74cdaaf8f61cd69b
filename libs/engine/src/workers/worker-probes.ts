import type { EpochMs } from '@precedent/kernel';
import type { BaseParts } from '../cell/base-parts.ts';
import type { WorkerSession } from './worker-session.ts';

/** Between two probes of a session that holds leases and is silent. */
export const PROBE_MS = 200;
/** How long a session cannot be reached before it is lost: a client that lost its connection has made it again by then. */
export const CONFIRM_MS = 300;
/** Sessions probed in one round at most, so that thousands of silent workers cost no more than a hundred. */
const PROBES_MAX = 100;

export type WorkerProbesParts = Pick<BaseParts, 'clock' | 'fleet' | 'workers'>;

/**
 * Finds dead workers by probing sessions that hold leases and are silent: the message server says at once when no client listens.
 * A frozen or partitioned worker still has its connection, and is found by its silence.
 */
export class WorkerProbes {
  readonly #parts: WorkerProbesParts;
  #isArmed = false;
  #closed = false;
  /** The session after which the next round begins. */
  #after = '';

  constructor(parts: WorkerProbesParts) {
    this.#parts = parts;
  }

  /** A session holds a lease: it is probed from now on. */
  arm(): void {
    if (this.#isArmed || this.#closed) return;
    this.#isArmed = true;
    const { clock } = this.#parts;
    clock.wakeAt(clock.now() + PROBE_MS, () => this.#round());
  }

  /** Probes the session again when it is decided whether it is lost. */
  confirm({ session }: WorkerSession): void {
    const { clock, workers } = this.#parts;
    clock.wakeAt(clock.now() + CONFIRM_MS, () => {
      if (!this.#closed) workers.probe(session);
    });
  }

  close(): void {
    this.#closed = true;
  }

  #round(): void {
    this.#isArmed = false;
    if (this.#closed) return;
    const { clock, fleet, workers } = this.#parts;
    const holding = [...fleet.all()].filter(({ leases, state }) => leases.size > 0 && state !== 'absent');
    if (holding.length > 0) this.arm();
    for (const { session } of this.#next(holding, clock.now())) workers.probe(session);
  }

  /** The silent ones, a part of them when they are many: the next round takes those after them. */
  #next(holding: readonly WorkerSession[], now: EpochMs): readonly WorkerSession[] {
    const silent = holding.filter(({ lastHeardAt }) => now - lastHeardAt >= PROBE_MS);
    if (silent.length <= PROBES_MAX) return silent;
    const from = silent.findIndex(({ session }) => session === this.#after) + 1;
    const round = [...silent.slice(from), ...silent.slice(0, from)].slice(0, PROBES_MAX);
    this.#after = round.at(-1)?.session ?? '';
    return round;
  }
}
