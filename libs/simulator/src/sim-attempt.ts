import type { EpochMs } from '@precedent/kernel';
import type { Clock } from '@precedent/ports';
import type { PlannedTask } from './scenario.ts';

export type AttemptEnd = 'completed' | 'failed' | 'yielded' | 'stopped';

export interface SimAttemptOptions {
  readonly plan: PlannedTask;
  /** Work that a checkpoint brings along. Milliseconds. */
  readonly resumedMs: number;
  /** It fails when so much work is done; infinite: not by itself. */
  readonly failsAtMs: number;
  readonly clock: Clock;
  /** Makes it durable that so much work is done, and calls back; never, when the lease does not count any more. */
  readonly saveCheckpoint: (doneMs: number, onSaved: () => void) => void;
  readonly ended: (end: AttemptEnd) => void;
}

/** The code of one lease: works, makes checkpoints, and gives up its slot at a signal. */
export class SimAttempt {
  readonly plan: PlannedTask;
  readonly #startedAt: EpochMs;
  readonly #o: SimAttemptOptions;
  #doneMs: number;
  #savedMs: number;
  #workingSince: EpochMs | undefined;
  /** What it does next, and when; the latter as if it had never been suspended. */
  #next: { readonly at: EpochMs; readonly run: () => void } | undefined;
  #disarm: () => void = () => undefined;
  #suspendedAt: EpochMs | undefined;
  #suspendedMs = 0;
  #yields = false;
  #stops = false;
  #isOver = false;

  constructor(options: SimAttemptOptions) {
    this.#o = options;
    this.plan = options.plan;
    this.#startedAt = options.clock.now();
    this.#doneMs = options.resumedMs;
    this.#savedMs = options.resumedMs;
    this.#after(options.resumedMs > 0 ? (options.plan.checkpoint?.restoreMs ?? 0) : 0, () => this.#work());
  }

  /** Work that is done, durable or not. Milliseconds. */
  get doneMs(): number {
    return this.#doneMs + (this.#workingSince === undefined ? 0 : this.#now - this.#workingSince);
  }
  /** Work that would have to be done again if it ended now. Milliseconds. */
  get unsavedMs(): number {
    return this.doneMs - this.#savedMs;
  }

  /** How long it has had its slot; while it is suspended it has none. Milliseconds. */
  get slotMs(): number {
    return this.#now - this.#startedAt;
  }
  get isSuspended(): boolean {
    return this.#suspendedAt !== undefined;
  }

  /** Stands still where it is, with what it has in memory. */
  suspend(): void {
    this.#suspendedAt ??= this.#o.clock.now();
    this.#disarm();
  }

  resume(): void {
    if (this.#suspendedAt === undefined) return;
    this.#suspendedMs += this.#o.clock.now() - this.#suspendedAt;
    this.#suspendedAt = undefined;
    if (!this.#isOver) this.#arm();
  }

  /** It is to leave at its next checkpoint; one that makes none goes on. */
  yield(): void {
    this.#yields = true;
  }

  /** It is to end, and does so after its own time for that or by force after the grace. */
  stop(graceMs: number): void {
    if (this.#stops || this.#isOver) return;
    this.resume();
    this.#stops = true;
    this.#pause(this.doneMs);
    this.#disarm();
    this.#after(Math.min(this.plan.stopMs, graceMs), () => this.#end('stopped'));
  }

  /** Nothing more of it happens. */
  halt(): void {
    this.#pause(this.doneMs);
    this.#isOver = true;
    this.#disarm();
  }

  #work(): void {
    const { plan, failsAtMs } = this.#o;
    const nextSaveMs = this.#doneMs + (plan.checkpoint?.everyMs ?? Number.POSITIVE_INFINITY);
    const untilMs = Math.min(plan.workMs, nextSaveMs, failsAtMs);
    this.#workingSince = this.#now;
    this.#after(untilMs - this.#doneMs, () => this.#reached(untilMs));
  }

  #reached(doneMs: number): void {
    this.#pause(doneMs);
    const { plan, failsAtMs } = this.#o;
    if (doneMs >= failsAtMs) return this.#end('failed');
    if (doneMs >= plan.workMs) return this.#end(plan.fails === true ? 'failed' : 'completed');
    this.#after(plan.checkpoint?.saveMs ?? 0, () =>
      this.#o.saveCheckpoint(doneMs, () => this.#saved(doneMs)),
    );
  }

  #saved(doneMs: number): void {
    if (this.#isOver) return;
    this.#savedMs = doneMs;
    if (this.#stops) return;
    if (this.#yields) this.#end('yielded');
    else this.#work();
  }

  #pause(doneMs: number): void {
    this.#doneMs = doneMs;
    this.#workingSince = undefined;
  }

  /** Its own time, which stands still while it is suspended. */
  get #now(): EpochMs {
    return (this.#suspendedAt ?? this.#o.clock.now()) - this.#suspendedMs;
  }

  #after(ms: number, run: () => void): void {
    this.#next = { at: this.#now + ms, run };
    if (!this.isSuspended) this.#arm();
  }

  #arm(): void {
    if (this.#next === undefined) return;
    const { at, run } = this.#next;
    this.#disarm = this.#o.clock.wakeAt(at + this.#suspendedMs, () => {
      this.#next = undefined;
      run();
    });
  }

  #end(end: AttemptEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#o.ended(end);
  }
}
