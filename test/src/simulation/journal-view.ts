import { isLeased, isSettled, readEnvelope } from '@precedent/tasks';
import type { JournalRecord, SubmittedRecord, TaskStateName } from '@precedent/tasks';
import type { LogEntry } from '@precedent/ports';
import type { DecisionRecord } from '@precedent/scheduling';

/** The journal's facts about one task, folded here without the code of the engine. */
export interface TaskFacts {
  readonly id: string;
  /** In the order of submission. */
  readonly order: number;
  readonly submitted: SubmittedRecord;
  state: TaskStateName;
  /** Of the worker that got the last lease. */
  session: string;
  epoch: number;
  retries: number;
  losses: number;
  settledTimes: number;
  /** A decision has freed a slot for it, and it has not started since. */
  promised: boolean;
  /** The same before its last lease: a lease in an express slot leaves the freed slot to it, should it be returned. */
  promisedBefore: boolean;
  /** Of the engine that made its last lease. */
  leasedBy: number;
  /** Its lease was assigned ahead, and no record tells whether it has started. */
  ahead: boolean;
}

type ChangeRecord = Exclude<
  JournalRecord,
  { kind: 'submitted' | 'rejected' | 'deleted' | 'definition' | 'run' | 'epoch' }
>;

/** One record of a valid entry, with the task as it was before. */
export interface Fact {
  readonly seq: number;
  readonly record: JournalRecord;
  readonly task: TaskFacts | undefined;
}

/**
 * Reads the journal as every reader must: entry by entry, and none of an epoch that has been succeeded. `onFact` sees each
 * record before it is applied.
 */
export class JournalView {
  readonly tasks = new Map<string, TaskFacts>();
  readonly rejected = new Set<string>();
  readonly deleted = new Set<string>();
  /** `id@epoch` of every lease that was ever made. */
  readonly leases = new Set<string>();
  /** Starts in express slots. */
  express = 0;
  /** Leases that were assigned ahead, and those of them that never started. */
  ahead = 0;
  aheadReturned = 0;
  /** How often tasks were frozen, and how their freezes ended. */
  readonly freezes = { suspended: 0, resumed: 0, frozenTooLong: 0, frozenStopped: 0, frozenLost: 0 };
  epoch = 0;
  open = 0;
  void = 0;
  readonly #onFact: (fact: Fact) => void;

  constructor(onFact: (fact: Fact) => void) {
    this.#onFact = onFact;
  }

  take(entry: LogEntry): void {
    const { seq } = entry;
    const envelope = readEnvelope(entry);
    if (envelope.epoch < this.epoch) {
      this.void++;
      return;
    }
    for (const record of envelope.records) {
      const task = 'id' in record ? this.tasks.get(record.id) : undefined;
      this.#onFact({ seq, record, task });
      if (task && record.kind === 'leased') task.leasedBy = envelope.epoch;
      this.#apply(record, task);
    }
    this.epoch = envelope.epoch;
  }

  /** Whether the lease is the one that counts now. */
  isLive(id: string, epoch: number): boolean {
    const task = this.tasks.get(id);
    return task !== undefined && isLeased(task.state) && task.epoch === epoch;
  }

  isSettled(id: string): boolean {
    const task = this.tasks.get(id);
    return this.rejected.has(id) || (task !== undefined && isSettled(task.state));
  }

  #apply(record: JournalRecord, task: TaskFacts | undefined): void {
    if (record.kind === 'rejected') this.rejected.add(record.id);
    else if (record.kind === 'submitted') this.#submitted(record);
    else if (record.kind === 'deleted') this.deleted.add(record.id);
    else if ('id' in record && record.kind !== 'run' && task !== undefined) this.#change(record, task);
  }

  #submitted(record: SubmittedRecord): void {
    this.open++;
    const facts = {
      state: record.edges === undefined ? ('queued' as const) : ('waiting' as const),
      session: '',
      epoch: 0,
      retries: 0,
      losses: 0,
      settledTimes: 0,
      promised: false,
      promisedBefore: false,
      leasedBy: 0,
      ahead: false,
    };
    this.tasks.set(record.id, { id: record.id, order: this.tasks.size, submitted: record, ...facts });
  }

  #change(record: ChangeRecord, task: TaskFacts): void {
    this.#countFreezes(record.kind, task.state);
    this.#countAhead(record, task);
    switch (record.kind) {
      case 'suspended':
        task.state = 'suspended';
        return;
      case 'resumed':
        task.state = 'running';
        return;
      case 'leased':
        task.state = 'running';
        task.epoch = record.epoch;
        task.session = record.session;
        task.promisedBefore = task.promised;
        task.promised = false;
        this.leases.add(`${task.id}@${record.epoch}`);
        return;
      case 'stopping':
        task.state = 'stopping';
        return;
      case 'requeued':
        task.state = 'queued';
        if (record.why === 'lost') task.losses++;
        if (record.why === 'returned') task.promised ||= task.promisedBefore;
        return;
      case 'retrying':
        task.state = 'retrying';
        task.retries++;
        return;
      case 'spared':
        task.state = 'running';
        return;
      case 'preempting':
      case 'preempted':
        task.state = record.kind;
        return;
      case 'ready':
      case 'due':
        task.state = 'queued';
        return;
      case 'decided':
        this.#decided(task, (record.record as DecisionRecord).decision);
        return;
      case 'edge':
      case 'rebanded':
      case 'kept':
        return;
      case 'settled':
        if (task.settledTimes++ === 0) this.open--;
        task.state = record.state;
    }
  }

  #countAhead(record: ChangeRecord, task: TaskFacts): void {
    const isStart = record.kind === 'leased';
    if (isStart && record.ahead) this.ahead++;
    if (task.ahead && record.kind === 'requeued' && !('ranMs' in record)) this.aheadReturned++;
    if (isStart) task.ahead = record.ahead === true;
    else if ('ranMs' in record) task.ahead = false;
  }

  #decided(task: TaskFacts, { outcome, reservation }: DecisionRecord['decision']): void {
    if (reservation?.kind === 'freed') task.promised = true;
    if (outcome === 'express') this.express++;
  }

  #countFreezes(kind: JournalRecord['kind'], before: TaskStateName): void {
    const { freezes } = this;
    if (kind === 'suspended') freezes.suspended++;
    if (before !== 'suspended') return;
    if (kind === 'resumed') freezes.resumed++;
    if (kind === 'preempting') freezes.frozenTooLong++;
    if (kind === 'stopping') freezes.frozenStopped++;
    if (kind === 'requeued') freezes.frozenLost++;
  }
}
