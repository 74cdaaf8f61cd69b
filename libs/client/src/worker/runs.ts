import { LIMITS } from '@precedent/contracts';
import type { Assignment, LogChunk, WorkerMessage } from '@precedent/contracts';
import { contextOf } from './context.ts';
import type { ContextServices } from './context.ts';
import { Lease } from './lease.ts';
import type { LeaseName } from './leases.ts';
import { Leases } from './leases.ts';
import type { LogStream } from './log-sink.ts';
import { LogSink } from './log-sink.ts';
import type { Handler, JobContext, StopRequest, WorkerPlan } from './options.ts';
import { bareReport, returnedReport, thrownReport } from './outcome.ts';
import { ProgressBoard } from './progress.ts';
import { Reports } from './reports.ts';
import type { Wire } from './wire.ts';

const LOG_STORE_MS = 2_000;
/** Room for everything in a report beside its result. */
const REPORT_BYTES = 4_096;

type Quiet = [id: string, epoch: number, ms: number];

/** The attempts of one session: starts, stops and reports them, and keeps what it holds. */
export class Runs {
  readonly #plan: WorkerPlan;
  readonly #wire: Wire;
  readonly #leases = new Leases();
  readonly #progress: ProgressBoard;
  readonly #reports: Reports;
  readonly #services: ContextServices;
  #running = 0;
  #idle: (() => void)[] = [];
  #empty: (() => void)[] = [];
  /** Takes no new work. */
  draining = false;

  constructor(plan: WorkerPlan, wire: Wire) {
    this.#plan = plan;
    this.#wire = wire;
    this.#progress = new ProgressBoard(wire.session, (message: WorkerMessage) => wire.tell(message));
    this.#reports = new Reports({
      session: wire.session,
      ask: (data, timeoutMs) => wire.ask(data, timeoutMs),
      maxPayload: () => wire.maxPayload,
      taken: (lease) => this.#release(lease),
    });
    this.#services = {
      progress: (lease, fraction, message) => this.#progress.report(lease, fraction, message),
      log: (lease, stream, text) => this.#log(lease, stream, text),
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
    for (const { id, epoch, heartbeatMs, lastSignAt } of this.#leases.running()) {
      if (heartbeatMs > 0) quiet.push([id, epoch, Math.round(now - lastSignAt)]);
    }
    return quiet;
  }

  /** Takes what it can and gives the rest back. What it holds already, or held later, is a repetition. */
  assign(tasks: readonly Assignment[]): void {
    for (const job of tasks) {
      const older = this.#leases.latest(job.id);
      if (older && job.epoch <= older.epoch) continue;
      if (older?.running) older.stop({ reason: 'lease_lost', graceMs: job.graceMs });
      this.#begin(job);
    }
  }

  /** A lease that is not held needs no stopping: the next heartbeat shows that it is not. */
  stop({ id, epoch }: { readonly id: string; readonly epoch: number }, request: StopRequest): void {
    const lease = this.#leases.find(id, epoch);
    if (lease?.running) lease.stop(request);
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

  /** The longest time that a running task may take to stop, in milliseconds. */
  graceMs(): number {
    let longest = 0;
    for (const { graceMs } of this.#leases.running()) longest = Math.max(longest, graceMs);
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
    this.#reports.hold();
  }

  releaseReports(): void {
    this.#reports.release();
  }

  close(): void {
    this.#reports.close();
    this.#progress.close();
  }

  #begin(job: Assignment): void {
    const lease = new Lease(job);
    this.#leases.add(lease);
    const handler = this.#plan.handlers.get(job.type);
    const isTaken = handler && !this.draining && this.#running < this.#plan.slots;
    if (!isTaken) return this.#reports.add(lease, bareReport(lease, 'returned'));
    this.#running++;
    lease.running = true;
    started(handler, job, contextOf(lease, this.#services)).then(
      (result) => this.#ended(lease, returnedReport(lease, result, this.#resultBytes())),
      (error: unknown) => this.#ended(lease, thrownReport(lease, error)),
    );
  }

  #resultBytes(): number {
    return Math.min(LIMITS.resultBytes, this.#wire.maxPayload - REPORT_BYTES);
  }

  /** The slot is free from here on, whenever the report is answered. */
  #ended(lease: Lease, report: string): void {
    lease.running = false;
    this.#running--;
    this.#progress.finish(lease);
    if (lease.log) void lease.log.close().then(() => this.#reports.add(lease, report));
    else this.#reports.add(lease, report);
    if (this.#running === 0) this.#idle = callAll(this.#idle);
  }

  #release(lease: Lease): void {
    this.#leases.release(lease);
    if (this.#leases.size === 0) this.#empty = callAll(this.#empty);
  }

  #stopLease(lease: Lease | undefined, reason: StopRequest['reason']): void {
    if (lease?.running) lease.stop({ reason, graceMs: lease.graceMs });
  }

  #log(lease: Lease, stream: LogStream, text: string): void {
    lease.log ??= new LogSink({
      id: lease.id,
      epoch: lease.epoch,
      attempt: lease.attempt,
      capBytes: this.#plan.logBytes,
      store: (chunk: LogChunk) => this.#wire.storeLog(chunk.id, JSON.stringify(chunk), LOG_STORE_MS),
      now: Date.now,
    });
    lease.log.write(stream, text);
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
