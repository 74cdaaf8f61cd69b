import { LIMITS } from '@precedent/contracts';
import type { Assignment, WorkerMessage, WorkerSignal } from '@precedent/contracts';
import { AtomicSections } from './atomic-sections.ts';
import { AttemptLogs } from '../attempt-logs.ts';
import { AttemptContext } from './context.ts';
import type { ContextServices } from './context.ts';
import { SuspendController } from './suspend-controller.ts';
import type { Handler, JobContext, ResumePoint, StopRequest } from '../handler.ts';
import { Keeping } from '../keeping.ts';
import { Attempt } from './attempt.ts';
import type { LeaseName } from './attempt-table.ts';
import { AttemptTable } from './attempt-table.ts';
import type { WorkerSettings } from '../options.ts';
import { bareReport, returnedReport, thrownReport } from './exit.ts';
import { ProgressThrottle } from './progress.ts';
import { RetryingRequester } from '../retrying-requester.ts';
import { Reporter } from './reporter.ts';
import type { SessionChannel } from '../session-channel.ts';
import type { YieldRequest } from '../yield-signal.ts';

const LOG_STORE_MS = 2_000;
/** Room for everything in a report beside its result. */
const REPORT_BYTES = 4_096;

type FreezeSignal = Extract<WorkerSignal, { kind: 'suspend' | 'resume' }>;

type Quiet = [id: string, epoch: number, ms: number];

/** The attempts of one session: starts, stops and reports them, and keeps what it holds. */
export class AttemptRunner {
  readonly #plan: WorkerSettings;
  readonly #wire: SessionChannel;
  readonly #leases = new AttemptTable();
  readonly #progress: ProgressThrottle;
  readonly #repeater: RetryingRequester;
  readonly #reports: Reporter;
  readonly #logs: AttemptLogs;
  readonly #freezer: SuspendController;
  readonly #keeping: Keeping;
  readonly #services: ContextServices;
  #running = 0;
  #idle: (() => void)[] = [];
  #empty: (() => void)[] = [];
  /** Takes no new work. */
  draining = false;

  /** `frozen` is called whenever a lease was frozen: the engine waits for it. */
  constructor(plan: WorkerSettings, wire: SessionChannel, frozen: () => void) {
    this.#plan = plan;
    this.#wire = wire;
    this.#progress = new ProgressThrottle(wire.session, (message: WorkerMessage) => wire.tell(message));
    this.#repeater = new RetryingRequester((data, timeoutMs) => wire.ask(data, timeoutMs));
    this.#reports = new Reporter({
      session: wire.session,
      repeater: this.#repeater,
      maxPayload: () => wire.maxPayload,
      taken: (lease) => this.#release(lease),
    });
    this.#logs = new AttemptLogs({
      capBytes: plan.logBytes,
      store: (id, text) => wire.storeLog(id, text, LOG_STORE_MS),
    });
    const log = (lease: Attempt, text: string): void => this.#logs.write(lease, 'log', text);
    this.#freezer = new SuspendController({ log, frozen });
    this.#keeping = new Keeping({
      plan,
      wire,
      repeater: this.#repeater,
      log,
      lost: (lease) => this.#stopLease(lease, 'lease_lost'),
    });
    this.#services = {
      progress: (lease, fraction, message) => this.#progress.report(lease, fraction, message),
      log: (lease, stream, text) => this.#logs.write(lease, stream, text),
      checkpoint: this.#keeping.checkpoint,
      onRollback: this.#keeping.onRollback,
      atomic: (lease, fn, maxMs) => this.#sectionsOf(lease).run(fn, maxMs),
      suspendable: (lease, control) => this.#freezer.register(lease, control),
    };
  }

  /** Handlers at work now. */
  get running(): number {
    return this.#running;
  }

  /** Every lease held: running, or its report not answered yet. */
  names(): LeaseName[] {
    return this.#leases.names(LIMITS.slotsPerWorker);
  }

  /** How long each task that owes signs of life has given none. */
  quiet(): Quiet[] {
    const now = performance.now();
    const quiet: Quiet[] = [];
    for (const { id, epoch, heartbeatMs, lastSignAt, suspended } of this.#leases.running()) {
      if (heartbeatMs > 0 && !suspended) quiet.push([id, epoch, Math.round(now - lastSignAt)]);
    }
    return quiet;
  }

  /** The leases that are frozen, each with the decision that it is frozen for. */
  frozen(): [id: string, epoch: number, decision: string][] {
    return [...this.#freezer.named()];
  }

  /** Takes what it can and gives the rest back. What it holds already, or held later, is a repetition. */
  assign(tasks: readonly Assignment[]): void {
    for (const job of tasks) {
      const older = this.#leases.latest(job.id);
      if (older && job.epoch <= older.epoch) continue;
      if (older?.running) this.#stop(older, { reason: 'lease_lost', graceMs: job.graceMs });
      this.#begin(job);
    }
  }

  /** A lease that is not held needs no stopping: the next heartbeat shows that it is not. */
  stop({ id, epoch }: { readonly id: string; readonly epoch: number }, request: StopRequest): void {
    const lease = this.#leases.find(id, epoch);
    if (lease?.running) this.#stop(lease, request);
  }

  /** Asks the code of one lease to stop at its next safe point. */
  askToYield({ id, epoch }: { readonly id: string; readonly epoch: number }, request: YieldRequest): void {
    this.#leases.find(id, epoch)?.askToYield(request);
  }

  askAllToYield(request: YieldRequest): void {
    for (const lease of this.#leases.running()) lease.askToYield(request);
  }

  /** Freezes or thaws what a lease runs outside of this process, if it has said how. A frozen one uses no slot. */
  freeze({ kind, id, epoch, decision }: FreezeSignal): void {
    const lease = this.#leases.find(id, epoch);
    if (lease?.running) this.#freezer[kind](lease, decision);
  }

  /** Stops every one of `named` that still runs and is not in `keep`: it is somebody else's by now. */
  loseAllBut(keep: readonly (readonly [id: string, epoch: number])[], named: readonly LeaseName[]): void {
    const kept = new Set(keep.map(([id, epoch]) => `${id}:${epoch}`));
    for (const [id, epoch] of named) {
      if (!kept.has(`${id}:${epoch}`)) this.#stopLease(this.#leases.find(id, epoch), 'lease_lost');
    }
  }

  stopAll(reason: StopRequest['reason']): void {
    for (const lease of this.#leases.running()) this.#stopLease(lease, reason);
  }

  /** The longest time that a running task may take to stop, in milliseconds: atomic sections come before the grace. */
  graceMs(): number {
    let longest = 0;
    for (const { graceMs, sections } of this.#leases.running())
      longest = Math.max(longest, graceMs + (sections?.remainingMs ?? 0));
    return longest;
  }

  /** Resolves when no handler runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Resolves when, besides, the engine has taken note of every end. */
  empty(): Promise<void> {
    if (this.#leases.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  holdReports(): void {
    this.#repeater.hold();
  }

  releaseReports(): void {
    this.#repeater.release();
    this.#reports.resume();
  }

  close(): void {
    this.#repeater.close();
    this.#progress.close();
  }

  #begin(job: Assignment): void {
    const lease = new Attempt(job);
    this.#leases.add(lease);
    const handler = this.#plan.handlers.get(job.type);
    const isTaken = handler && !this.draining && this.#running - this.#freezer.size < this.#plan.slots;
    if (!isTaken) return this.#reports.add(lease, bareReport(lease, 'returned'));
    this.#running++;
    lease.running = true;
    if (job.resume) void this.#goOn(handler, job, lease);
    else this.#run(handler, job, lease);
  }

  /** A task that ran before: what that left is undone, and what it kept is read, before its handler starts. */
  async #goOn(handler: Handler, job: Assignment, lease: Attempt): Promise<void> {
    try {
      const resume = await this.#keeping.prepare(lease, job);
      lease.yieldIfAsked();
      this.#run(handler, job, lease, resume);
    } catch (error) {
      this.#ended(lease, thrownReport(lease, error));
    }
  }

  #run(handler: Handler, job: Assignment, lease: Attempt, resume?: ResumePoint): void {
    started(handler, job, new AttemptContext(lease, this.#services, resume)).then(
      (result) => this.#ended(lease, returnedReport(lease, result, this.#resultBytes())),
      (error: unknown) => this.#ended(lease, thrownReport(lease, error)),
    );
  }

  #resultBytes(): number {
    return Math.min(LIMITS.resultBytes, this.#wire.maxPayload - REPORT_BYTES);
  }

  #ended(lease: Attempt, report: string): void {
    if (lease.kept) void this.#keeping.finish(lease, report).then((final) => this.#settle(lease, final));
    else this.#settle(lease, report);
  }

  /** The slot is free from here on, whenever the report is answered. */
  #settle(lease: Attempt, report: string): void {
    lease.running = false;
    this.#running--;
    this.#freezer.forget(lease);
    this.#progress.finish(lease);
    if (lease.log) void lease.log.close().then(() => this.#reports.add(lease, report));
    else this.#reports.add(lease, report);
    if (this.#running === 0) this.#idle = callAll(this.#idle);
  }

  #release(lease: Attempt): void {
    this.#leases.release(lease);
    if (this.#leases.size === 0) this.#empty = callAll(this.#empty);
  }

  #stopLease(lease: Attempt | undefined, reason: StopRequest['reason']): void {
    if (lease?.running) this.#stop(lease, { reason, graceMs: lease.graceMs });
  }

  /** What is frozen cannot obey; it hears of the stop before it does anything else. */
  #stop(lease: Attempt, request: StopRequest): void {
    lease.stop(request);
    if (lease.suspended) this.#freezer.resume(lease, undefined);
  }

  #sectionsOf(lease: Attempt): AtomicSections {
    const { id, epoch } = lease;
    lease.sections ??= new AtomicSections((maxMs) =>
      this.#wire.tell({ kind: 'atomic', session: this.#wire.session, id, epoch, maxMs }),
    );
    return lease.sections;
  }
}

/** A handler that throws before it returns a promise, or returns none, is as good as an async one. */
const started = (handler: Handler, job: Assignment, context: JobContext): Promise<unknown> => {
  try {
    return Promise.resolve(handler(job, context));
  } catch (error) {
    return Promise.reject(error);
  }
};

const callAll = (waiting: readonly (() => void)[]): [] => {
  for (const resolve of waiting) resolve();
  return [];
};
