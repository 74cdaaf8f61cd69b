import type { LeaseRef, TaskEventName, WorkerSignal } from '@precedent/contract-types';
import { AppError, BANDS, rankOf } from '@precedent/kernel';
import type { BandRank, EpochMs } from '@precedent/kernel';
import { stopReasonOf } from '@precedent/ports';
import type { AssignedLease, FeedEvent } from '@precedent/ports';
import { decideStarts, demandOf } from '@precedent/scheduling';
import { isLeased, isSettled, nextDeadline } from '@precedent/tasks';
import type { KeptRecord, TaskEffect, TaskEventOf, TaskRow } from '@precedent/tasks';
import { blobsDone } from './blobs-done.ts';
import type { CellState } from './cell-state.ts';
import { Fleet } from './fleet.ts';
import { Lanes } from './lanes.ts';
import type { CellOptions, CellPorts } from './options.ts';
import { Outbox } from './outbox.ts';
import { TaskActors } from './task-actors.ts';
import { Timers } from './timers.ts';
import { expiryEvent, lateVictimEvent } from './expiry.ts';
import type { Preemptor } from './preemption/preemptor.ts';
import { resumePointOf } from './resume-point.ts';
import { Predictions } from './predictions.ts';
import { RoundRoom } from './round-room.ts';
import { tellChange } from './task-facts.ts';

/**
 * The moving part of a cell: brings an event to a task's actor, performs what follows, and once per turn of the event
 * loop fills free slots and flushes the outbox. Everything here is synchronous; what others can see waits for the commit.
 */
export class CellCore {
  readonly options: CellOptions;
  readonly ports: CellPorts;
  readonly state: CellState;
  readonly fleet = new Fleet();
  readonly lanes = new Lanes();
  readonly outbox: Outbox;
  readonly epoch: number;
  readonly timers: Timers<TaskRow>;
  readonly progress = new Map<string, { readonly fraction: number; readonly message?: string }>();
  readonly predictions = new Predictions((id) => this.#isOpen(id));
  /** Absent: nobody is preempted. */
  preemption: Preemptor | undefined;
  readonly #actors = new TaskActors();
  readonly #settleListeners = new Map<string, ((row: TaskRow) => void)[]>();
  #assignments = new Map<string, AssignedLease[]>();
  #events: FeedEvent[] = [];
  #turnAsked = false;
  #wakesAt = Number.POSITIVE_INFINITY;
  #closed = false;
  /** New leases are made only while this is set: from recovery until the drain. */
  dispatching = false;

  constructor(options: CellOptions, ports: CellPorts, past: CellPast) {
    this.options = options;
    this.ports = ports;
    this.state = past.state;
    this.epoch = past.epoch;
    this.timers = new Timers<TaskRow>(ports.clock, (row) => this.#expired(row));
    const { inFlightMax, entryCharsMax, entryRecordsMax, lingerMs } = options.journal;
    this.outbox = new Outbox({
      log: ports.journal,
      clock: ports.clock,
      telemetry: ports.telemetry,
      epoch: past.epoch,
      owner: options.owner,
      isCertain: past.isOwner,
      seq: past.seq,
      inFlightMax,
      entryCharsMax: Math.min(entryCharsMax, entryCharsOf(ports.journal.maxEntryBytes)),
      entryRecordsMax,
      recordBytesMax: RECORD_BYTES_MAX,
      lingerMs,
      onFenced: past.onFenced,
      onProof: () => this.touch(),
      onReleased: () => this.#released(),
      // What came in meanwhile was queued; nobody has looked at it since.
      onRestored: () => this.touch(),
      onHurried: () => this.touch(),
    });
  }

  get now(): EpochMs {
    return this.ports.clock.now();
  }

  /** Asks for a turn; all input until then shares it. */
  touch(): void {
    if (this.#turnAsked || this.#closed) return;
    this.#turnAsked = true;
    this.ports.clock.defer(() => this.#turn());
  }

  /** Asks for a turn at `at`, when time alone may change what is decided. */
  wakeAt(at: EpochMs): void {
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    this.ports.clock.wakeAt(at, () => {
      this.#wakesAt = Number.POSITIVE_INFINITY;
      this.touch();
    });
  }

  /** Sends an event to the task's actor and does what follows. Says whether anything changed. */
  drive(row: TaskRow, event: TaskEventOf): boolean {
    const { state, run, kept } = row;
    const wasQueued = state === 'queued';
    const effects = this.#actors.send(row, event);
    const [first] = effects;
    if (first === undefined) return false;
    const lostMs = hasLease(row) ? (this.preemption?.ends(row, event) ?? 0) : 0;
    for (const effect of effects) this.#perform(row, effect);
    if (first.kind === 'journal')
      tellChange(this.ports.telemetry, row, { state, run, kept, lostMs }, first.record);
    if (state === 'suspended' || row.state === 'suspended')
      this.fleet.frozen(run.session, row.id, row.state === 'suspended');
    if (kept !== row.kept) this.#forgetBlobs(blobsDone(kept, row));
    if (wasQueued && row.state !== 'queued' && event.type !== 'LEASED') this.lanes.left(row);
    this.timers.set(row, nextDeadline(row)?.at);
    this.touch();
    return true;
  }

  /** Puts a task that the table has just taken in its queue, or wherever its state belongs. */
  place(row: TaskRow): void {
    if (row.state === 'queued') this.lanes.enqueue(row);
    this.timers.set(row, nextDeadline(row)?.at);
    this.touch();
  }

  announce(row: TaskRow, event: TaskEventName, extra: Partial<FeedEvent> = {}): void {
    const { worker, error, result, dueAt, reason } = row.run;
    const fact: FeedEvent = {
      event,
      id: row.id,
      at: this.now,
      class: row.class,
      body: row.body,
      band: row.class.band,
      epoch: row.epoch,
      attempt: row.attempt,
      retries: row.retries,
      worker,
      result,
      error: event === 'started' ? undefined : error,
      dueAt,
      reason,
      ...extra,
    };
    this.outbox.afterCommitAnyTime(() => this.#publish(fact));
  }

  signal(session: string, signals: readonly WorkerSignal[]): void {
    this.outbox.afterCommit(() => this.ports.workers.signal(session, signals));
  }

  /** Calls `listener` when the verdict of the task is durable. The returned function takes it back. */
  onSettled(id: string, listener: (row: TaskRow) => void): () => void {
    const listeners = this.#settleListeners.get(id) ?? [];
    this.#settleListeners.set(id, [...listeners, listener]);
    return () => {
      const rest = (this.#settleListeners.get(id) ?? []).filter((other) => other !== listener);
      if (rest.length > 0) this.#settleListeners.set(id, rest);
      else this.#settleListeners.delete(id);
    };
  }

  /** The leases of the cell that are not settled. */
  get leased(): number {
    return BANDS.reduce((sum, band) => sum + this.state.table.use(band).running, 0);
  }

  close(): void {
    this.#closed = true;
    this.dispatching = false;
    this.timers.stop();
    this.outbox.close();
  }

  #isOpen(id: string): boolean {
    const row = this.state.table.get(id);
    return row !== undefined && isOpen(row);
  }

  #turn(): void {
    this.#turnAsked = false;
    if (this.#closed) return;
    if (this.dispatching && !this.outbox.stalled) this.#dispatch();
    this.outbox.flush();
  }

  #dispatch(): void {
    const { startsPerTurn, aging } = this.options;
    const { now } = this;
    this.preemption?.startReserved((row, session) => {
      this.lanes.left(row);
      this.#start(row, session, now);
    });
    const room = new RoundRoom(this.fleet);
    const starts = decideStarts<TaskRow>({
      queueClasses: this.lanes.busy(),
      eligible: (lane) => this.fleet.eligible(lane),
      aging,
      now,
      limit: startsPerTurn,
      prefers: (row) => row.kept.session,
      hasRoom: room.hasRoom,
      took: room.took,
      pinned: room.pinned((id) => this.state.table.get(id)),
    });
    for (const { task, session, isThaw } of starts) {
      if (isThaw) this.drive(task, { type: 'RESUMED', at: now, epoch: task.epoch });
      else this.#start(task, session, now);
    }
    // There may be more: look at new input first.
    if (starts.length === startsPerTurn) this.touch();
    else this.preemption?.round();
  }

  #start(row: TaskRow, sessionId: string, at: EpochMs): void {
    const session = this.fleet.get(sessionId);
    if (session === undefined) return;
    session.lease([row.id, row.epoch + 1], { usage: demandOf(row.class.resources), band: bandRankOf(row) });
    this.drive(row, {
      type: 'LEASED',
      at,
      worker: session.offer.worker,
      session: sessionId,
      epoch: row.epoch + 1,
    });
  }

  #perform(row: TaskRow, effect: TaskEffect): void {
    switch (effect.kind) {
      case 'journal':
        this.outbox.record(effect.record);
        this.state.table.apply(row, effect.record);
        return;
      case 'assign':
        return this.#assign(row);
      case 'stop':
        return this.stopLease(row);
      case 'preempt':
        return this.askVictim(row);
      case 'thaw':
        return this.thawLease(row, effect.decision);
      case 'enqueue':
        this.lanes.enqueue(row);
        return;
      case 'announce':
        return this.announce(row, effect.event);
      case 'settle':
        return this.#settle(row);
    }
  }

  /** The task of a lease, if it is the current one and the session's own: what anybody else says of it does not count. */
  leaseOf(session: string, [id, epoch]: LeaseRef): TaskRow | undefined {
    const row = this.state.table.get(id);
    return row && hasLease(row) && row.epoch === epoch && row.run.session === session ? row : undefined;
  }

  /** Records a fact about a task that its machine has no part in. Throws PAYLOAD_TOO_LARGE, and changes nothing. */
  note(row: TaskRow, record: KeptRecord): void {
    const { kept } = row;
    this.outbox.record(record);
    this.state.table.apply(row, record);
    this.#forgetBlobs(blobsDone(kept, row));
    this.touch();
  }

  #forgetBlobs(refs: readonly string[]): void {
    if (refs.length > 0) this.outbox.afterCommit(() => this.ports.blobs?.remove(refs));
  }

  /** Tells the worker of a `stopping` task to end its code; safe to say again. */
  stopLease(row: TaskRow): void {
    const { session, stop } = row.run;
    if (session === undefined || stop === undefined) return;
    const { grace } = row.class.timeouts;
    this.signal(session, [
      { kind: 'stop', id: row.id, epoch: row.epoch, reason: stopReasonOf(stop), graceMs: grace },
    ]);
  }

  /** Tells the worker of a victim how, and by when, to give up its place; safe to say again. */
  askVictim(row: TaskRow): void {
    const { session, preempt } = row.run;
    if (session === undefined || preempt === undefined || preempt.mode === 'delay') return;
    const { id, epoch } = row;
    const leftMs = Math.max(0, preempt.deadline - this.now);
    if (preempt.mode === 'suspend')
      return this.signal(session, [{ kind: 'suspend', id, epoch, decision: preempt.decision }]);
    const order: WorkerSignal =
      preempt.mode === 'immediate'
        ? { kind: 'stop', id, epoch, reason: 'preempted', graceMs: leftMs }
        : { kind: 'yield', id, epoch, reason: 'preempted', deadlineMs: leftMs };
    this.signal(session, [order]);
  }

  /** Tells the worker that what is frozen by this decision goes on; safe to say again. */
  thawLease({ id, epoch, run }: TaskRow, decision: string): void {
    if (run.session !== undefined) this.signal(run.session, [{ kind: 'resume', id, epoch, decision }]);
  }

  #assign(row: TaskRow): void {
    const { session } = row.run;
    const { id, epoch, attempt, class: taskClass, body } = row;
    const resume = resumePointOf(row);
    const traceparent = this.ports.traces?.traceparentOf(row);
    // A new attempt starts from nothing.
    if (this.progress.size > 0) this.progress.delete(id);
    if (session === undefined) return;
    this.outbox.afterCommit(() => {
      const lease = {
        id,
        epoch,
        attempt,
        class: taskClass,
        body,
        ...(traceparent !== undefined && { traceparent }),
        ...(resume && { resume }),
      };
      this.fleet.handedOut(session, [id, epoch], this.now);
      const batch = this.#assignments.get(session);
      if (batch) batch.push(lease);
      else this.#assignments.set(session, [lease]);
    });
  }

  #settle(row: TaskRow): void {
    if (this.progress.size > 0) this.progress.delete(row.id);
    if (this.predictions.size > 0) this.predictions.forget(row.id);
    if (this.#settleListeners.size === 0) return;
    const listeners = this.#settleListeners.get(row.id);
    if (listeners === undefined) return;
    this.#settleListeners.delete(row.id);
    this.outbox.afterCommit(() => {
      for (const listener of listeners) listener(row);
    });
  }

  #publish(fact: FeedEvent): void {
    this.#events.push(fact);
    // Nothing was waiting for a commit, so no release will come by to send it.
    if (this.outbox.idle) this.#released();
  }

  #released(): void {
    if (this.#assignments.size > 0) {
      const assignments = this.#assignments;
      this.#assignments = new Map();
      for (const [session, leases] of assignments) this.ports.workers.assign(session, leases);
    }
    if (this.#events.length === 0) return;
    const events = this.#events;
    this.#events = [];
    this.ports.feed.publish(events);
  }

  #expired(row: TaskRow): void {
    const { now } = this;
    const deadline = nextDeadline(row);
    if (deadline === undefined) return;
    if (deadline.at > now) return this.timers.set(row, deadline.at);
    const jitter = this.ports.random();
    if (deadline.what !== 'preempt') this.drive(row, expiryEvent(row, deadline, now, jitter));
    else if (this.preemption) this.preemption.late(row);
    else this.drive(row, lateVictimEvent(row, now, jitter));
  }
}

/** The largest record: a task, or a result, with all its names. Bytes. */
const RECORD_BYTES_MAX = 400 * 1024;
const BYTES_PER_CHAR_MAX = 3;

/**
 * How many characters fill an entry, so that it fits in `bytes` whatever they are, and with one more of the largest records.
 * Throws INVALID_CONFIG when the store takes too little.
 */
const entryCharsOf = (bytes: number): number => {
  const chars = Math.floor((bytes - RECORD_BYTES_MAX) / BYTES_PER_CHAR_MAX);
  if (chars > 0) return chars;
  throw new AppError(
    'INVALID_CONFIG',
    `the journal takes entries of ${bytes} bytes, ${RECORD_BYTES_MAX} are needed: raise max_payload`,
  );
};

/** Where a cell begins: what the journal says, and who it is from now on. */
export interface CellPast {
  readonly state: CellState;
  readonly epoch: number;
  /** Sequence of the last entry of the journal: this engine's own epoch record. */
  readonly seq: number;
  /** Void entries that were passed over to get there. */
  readonly voidEntries: number;
  readonly onFenced: (error: AppError) => void;
  /** Whether its lease certainly still holds. */
  readonly isOwner: () => boolean;
}

/** Whether a row of the table still has a future. */
export const isOpen = (row: TaskRow): boolean => !isSettled(row.state);
export const hasLease = (row: TaskRow): boolean => isLeased(row.state);
export const bandRankOf = (row: TaskRow): BandRank => rankOf(row.class.band);
