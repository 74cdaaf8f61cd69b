import { LIMITS } from '@precedent/contracts';
import type { Assignment, LeaseRef, WorkerSignal } from '@precedent/contract-types';
import type { StopRequest, YieldRequest } from '../handler.ts';
import type { AttemptHandler } from '../isolation/isolated-pools.ts';
import type { WorkerSettings } from '../settings.ts';
import { RetryingRequester } from '../retrying-requester.ts';
import type { SessionChannel } from '../session-channel.ts';
import type { AttemptSession } from '../checkpoints/step-writer.ts';
import { oncePerTurn } from '../once-per-turn.ts';
import { AheadQueue } from './ahead-queue.ts';
import type { WaitingAttempt } from './ahead-queue.ts';
import { ActiveAttempt } from './attempt.ts';
import type { LeaseKey, LeaseName } from './attempt-table.ts';
import { AttemptTable } from './attempt-table.ts';
import type { ContextServices } from './context.ts';
import { AttemptContext } from './context.ts';
import type { AttemptExit } from './exit.ts';
import { classifyError, classifyReturn } from './exit.ts';
import { ProgressThrottle } from './progress.ts';
import { Reporter } from './reporter.ts';
import { checkSpec } from './spec-check.ts';
import type { AttemptBoard } from '../watchdog/attempt-board.ts';
import { SuspendController } from './suspend-controller.ts';

/** Bytes in a report for everything but its result. */
const REPORT_BYTES = 4_096;

type SuspendSignal = Extract<WorkerSignal, { kind: 'suspend' | 'resume' }>;

/** Runs the attempts of one session, and holds their leases until the engine has confirmed their end. */
export class AttemptRunner {
  readonly #settings: WorkerSettings;
  readonly #channel: SessionChannel;
  readonly #session: AttemptSession;
  readonly #services: ContextServices;
  readonly #attempts = new AttemptTable<ActiveAttempt>();
  readonly #requester: RetryingRequester;
  readonly #progress: ProgressThrottle;
  readonly #reporter: Reporter<ActiveAttempt>;
  readonly #suspender: SuspendController;
  readonly #board: AttemptBoard | undefined;
  readonly #ahead = new AheadQueue();
  /** Attempts that have a slot, and begin as soon as the message is sent that says so. */
  #beginning: WaitingAttempt[] = [];
  readonly #beginAll: () => void;
  #running = 0;
  #idle: (() => void)[] = [];
  #empty: (() => void)[] = [];
  #isDraining = false;

  /**
   * `suspended` is called whenever an attempt was frozen for a decision: the engine waits for that. `board`: where the attempts of this process are
   * shown to the watchdog.
   */
  constructor(
    settings: WorkerSettings,
    channel: SessionChannel,
    suspended: () => void,
    board?: AttemptBoard,
  ) {
    this.#settings = settings;
    this.#board = board;
    this.#channel = channel;
    this.#requester = new RetryingRequester(channel);
    this.#progress = new ProgressThrottle(channel);
    this.#reporter = new Reporter(channel, this.#requester, (attempt) => this.#releaseLease(attempt));
    this.#suspender = new SuspendController(suspended);
    this.#beginAll = oncePerTurn(() => this.#runBeginning());
    const leaseLost = (lease: LeaseKey): void => this.#stopFor(this.#attempts.find(lease), 'lease_lost');
    this.#session = { settings, channel, requester: this.#requester, leaseLost };
    this.#services = { progress: this.#progress, suspender: this.#suspender };
  }

  /** Handlers at work now. */
  get running(): number {
    return this.#running;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** Takes what it has slots for and gives the rest back. A lease that it holds already, or an older one, is a repetition. */
  assign(tasks: readonly Assignment[]): void {
    for (const job of tasks) {
      const previous = this.#attempts.latest(job.id);
      if (previous && job.epoch <= previous.epoch) continue;
      if (previous) this.#stop(previous, { reason: 'lease_lost', graceMs: job.graceMs });
      this.#begin(job);
    }
  }

  /** What no slot is free for, and a type without a handler, is given back. What was assigned ahead waits for a slot. */
  #begin(job: Assignment): void {
    const attempt = new ActiveAttempt(job, this.#session);
    this.#attempts.add(attempt);
    const handler = this.#settings.handlers.get(job.type);
    if (handler === undefined || this.#isDraining) return this.#return(attempt);
    if (job.ahead) {
      this.#ahead.add({ job, attempt, handler, place: job.ahead });
      return this.#startNext();
    }
    const { slots, express } = this.#settings;
    // The engine may have chosen an express slot for it.
    if (!this.#hasRoom(slots + express)) return this.#return(attempt);
    this.#takeSlot(attempt);
    void this.#run(job, attempt, handler);
  }

  #return(attempt: ActiveAttempt): void {
    this.#reporter.report(attempt, { outcome: 'returned' });
  }

  /**
   * Gives free slots to attempts that were assigned ahead. Each begins in the same turn, after the message that says so is sent: the engine knows
   * what ran even if its code ends this process.
   */
  #startNext(): void {
    while (!this.#isDraining && this.#hasRoom(this.#settings.slots)) {
      const next = this.#ahead.next();
      if (next === undefined) return;
      this.#takeSlot(next.attempt);
      this.#reporter.started(next.attempt);
      this.#beginning.push(next);
      this.#beginAll();
    }
  }

  #runBeginning(): void {
    const beginning = this.#beginning;
    this.#beginning = [];
    for (const { job, attempt, handler } of beginning) void this.#run(job, attempt, handler);
  }

  /** The life of an attempt that has a slot. Never rejects. */
  async #run(job: Assignment, attempt: ActiveAttempt, handler: AttemptHandler): Promise<void> {
    let exit: AttemptExit;
    const row = this.#settings.local.has(job.type) ? this.#board?.add(attempt, job.type) : undefined;
    try {
      const checked = checkSpec(job, this.#channel.sha256);
      if (checked) await checked;
      const resume = job.resume && (await attempt.resume(job));
      const result = await handler(job, new AttemptContext(attempt, this.#services, resume));
      exit = classifyReturn(result, attempt.stopRequest, this.#resultBytes());
    } catch (error) {
      exit = classifyError(error, attempt);
    }
    if (attempt.hasCheckpoints) exit = await attempt.compensate(exit);
    if (row !== undefined) this.#board?.remove(row);
    this.#releaseSlot(attempt);
    if (attempt.hasLog) await attempt.closeLog();
    this.#reporter.report(attempt, exit);
  }

  /** Whether fewer than `max` attempts run; frozen ones do not. */
  #hasRoom(max: number): boolean {
    return this.#running - this.#suspender.frozen < max;
  }

  #resultBytes(): number {
    return Math.min(LIMITS.resultBytes, this.#channel.maxPayload - REPORT_BYTES);
  }

  #takeSlot(attempt: ActiveAttempt): void {
    this.#running++;
    attempt.start();
  }

  /** The slot is free when the code has ended, whenever its report is answered. */
  #releaseSlot(attempt: ActiveAttempt): void {
    this.#running--;
    attempt.end();
    this.#suspender.forget(attempt);
    this.#progress.finish(attempt);
    this.#startNext();
    if (this.#running === 0) this.#idle = callAll(this.#idle);
  }

  /** The engine has taken note of the end. */
  #releaseLease(attempt: ActiveAttempt): void {
    this.#attempts.release(attempt);
    if (this.#attempts.size === 0) this.#empty = callAll(this.#empty);
  }

  /** Stops the attempt of a lease. One that is not held needs no stopping: the next heartbeat shows that it is not. */
  stop(lease: LeaseKey, request: StopRequest): void {
    this.#stop(this.#attempts.find(lease), request);
  }

  stopAll(reason: StopRequest['reason']): void {
    this.#returnAhead();
    for (const attempt of this.#attempts.running()) this.#stopFor(attempt, reason);
  }

  /** Returns what was assigned ahead and has not started. */
  #returnAhead(): void {
    for (const attempt of this.#ahead.attempts()) this.#returnUnstarted(attempt);
  }

  /** Whether the attempt had not started; it is returned then. */
  #returnUnstarted(attempt: ActiveAttempt): boolean {
    if (!this.#ahead.remove(attempt)) return false;
    this.#return(attempt);
    return true;
  }

  /** Returns those of the leases that were assigned ahead and have not started. */
  recall(leases: readonly LeaseRef[]): void {
    for (const [id, epoch] of leases) {
      const attempt = this.#attempts.find({ id, epoch });
      if (attempt) this.#returnUnstarted(attempt);
    }
  }

  /** Stops each of `named` that still runs and is not in `keep`: another worker may have its task by now. */
  stopAllBut(keep: readonly Readonly<LeaseName>[], named: readonly LeaseName[]): void {
    const goingOn = new Set(keep.map(([id, epoch]) => `${id}:${epoch}`));
    for (const [id, epoch] of named)
      if (!goingOn.has(`${id}:${epoch}`)) this.#stopFor(this.#attempts.find({ id, epoch }), 'lease_lost');
  }

  #stopFor(attempt: ActiveAttempt | undefined, reason: StopRequest['reason']): void {
    if (attempt) this.#stop(attempt, { reason, graceMs: attempt.graceMs });
  }

  /** What is frozen cannot obey: it is resumed, and sees the stop before it does anything else. */
  #stop(attempt: ActiveAttempt | undefined, request: StopRequest): void {
    if (attempt && this.#returnUnstarted(attempt)) return;
    if (!attempt?.isRunning) return;
    attempt.stop(request);
    if (this.#suspender.isSuspended(attempt)) this.#suspender.resume(attempt, undefined);
  }

  requestYield(lease: LeaseKey, request: YieldRequest): void {
    const attempt = this.#attempts.find(lease);
    if (attempt && !this.#returnUnstarted(attempt)) attempt.interruption.requestYield(request);
  }

  /** Takes no more work, and requests what runs to stop at its next safe point: its tasks go on on another worker. */
  drain(): void {
    this.#isDraining = true;
    this.#returnAhead();
    const request = { reason: 'drain', deadlineMs: this.#settings.drainMs } as const;
    for (const { interruption } of this.#attempts.running()) interruption.requestYield(request);
  }

  /** Freezes, or resumes, what an attempt runs outside of this process, if it has said how. A frozen one uses no slot. */
  suspendOrResume({ kind, id, epoch, decision }: SuspendSignal): void {
    const attempt = this.#attempts.find({ id, epoch });
    if (attempt?.isRunning) this.#suspender[kind](attempt, decision);
  }

  /** Every lease held: its code runs, or its report is not answered yet. */
  heldLeases(): LeaseName[] {
    return this.#attempts.names(LIMITS.slotsPerWorker);
  }

  /** Those of them that were assigned ahead and have not started. */
  unstartedLeases(): LeaseRef[] {
    return this.#ahead.names();
  }

  /** How many milliseconds ago each attempt that owes signs of life gave its last one. */
  quiet(): [id: string, epoch: number, ms: number][] {
    const now = performance.now();
    const quiet: [string, number, number][] = [];
    for (const attempt of this.#attempts.running()) {
      const ms = attempt.quietMs(now);
      if (ms !== undefined && !this.#suspender.isSuspended(attempt))
        quiet.push([attempt.id, attempt.epoch, ms]);
    }
    return quiet;
  }

  /** The leases whose code is frozen, each with the decision for which it is. */
  suspended(): [id: string, epoch: number, decision: string][] {
    return [...this.#suspender.named()];
  }

  /** The longest time that running code may take to stop, in milliseconds. */
  stopMs(): number {
    let longest = 0;
    for (const { stopMs } of this.#attempts.running()) longest = Math.max(longest, stopMs);
    return longest;
  }

  /** Resolves when no handler runs. */
  idle(): Promise<void> {
    if (this.#running === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Resolves when the engine has confirmed every end as well. */
  empty(): Promise<void> {
    if (this.#attempts.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#empty.push(resolve));
  }

  /** While a new engine is greeted: it must know the session before it hears what the session did. */
  holdReports(): void {
    this.#requester.hold();
  }

  releaseReports(): void {
    this.#requester.release();
    this.#reporter.sendWaiting();
  }

  /** What still runs is no longer reported. */
  close(): void {
    this.#requester.close();
    this.#progress.close();
  }
}

const callAll = (waiting: readonly (() => void)[]): [] => {
  for (const resolve of waiting) resolve();
  return [];
};
