import { BANDS, rankOf } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { Cell } from '@precedent/engine';
import type { FeedEvent, LogEntry } from '@precedent/ports';
import { agedRank, placementKey } from '@precedent/scheduling';
import type { AgingMs } from '@precedent/scheduling';
import { isLeased, LOSSES_MAX } from '@precedent/tasks';
import type { JournalRecord, TaskRow, TaskStateName } from '@precedent/tasks';
import type { PlainState } from '../engine/plain-state.ts';
import { JournalView } from './journal-view.ts';
import type { Fact, TaskFacts } from './journal-view.ts';

/** The result of a task of the simulation: it names the lease that it belongs to. */
export interface SimResult {
  /** `id@epoch`. */
  readonly of: string;
  /** The session that reported it. */
  readonly by: string;
}

export interface InvariantOptions {
  readonly aging: AgingMs;
  /** Of every worker. */
  readonly slots: number;
  /** Express slots of every worker. */
  readonly express: number;
  /** Tasks that every worker takes ahead of its free slots. */
  readonly ahead: number;
  /**
   * `false`: the lease store drops leases before they expire. A succeeded engine then learns of its successor only when it
   * writes, and its answers until then may be out of date.
   */
  readonly leasesHold: boolean;
  /** `true`: workers list leases that they do not hold, and may get exactly such a lease a moment later. */
  readonly workersLie: boolean;
  readonly violated: (what: string) => void;
}

interface Started {
  readonly started: TaskFacts;
  readonly session: string;
  readonly at: number;
}

interface Start extends Omit<Started, 'started'> {
  readonly task: TaskFacts;
  readonly where: string;
}

/** In which states a task may be before each record. */
const BEFORE: Readonly<Record<string, readonly TaskStateName[]>> = {
  edge: ['waiting'],
  ready: ['waiting'],
  leased: ['queued'],
  stopping: ['running', 'stopping', 'preempting', 'suspended'],
  requeued: ['running', 'suspended'],
  retrying: ['running', 'stopping', 'preempting', 'suspended'],
  due: ['retrying', 'preempted'],
  preempting: ['running', 'preempting', 'suspended'],
  suspended: ['preempting'],
  resumed: ['suspended'],
  spared: ['preempting'],
  preempted: ['preempting'],
};

/**
 * What must hold in every run, whatever fails. The journal is judged entry by entry as it lands, every message of an engine
 * is judged by the journal of that moment, and an engine's memory whenever the engine has nothing left to do at that instant.
 */
export class Invariants {
  readonly journal = new JournalView((fact) => this.#judge(fact));
  readonly #violated: (what: string) => void;
  readonly #aging: AgingMs;
  readonly #slots: number;
  readonly #express: number;
  readonly #ahead: number;
  readonly #leasesHold: boolean;
  readonly #workersLie: boolean;
  readonly #owners = new Map<number, string>();
  readonly #byKey = new Map<string, string>();
  /** How often another engine took over while a session was above its slot count. */
  expressTakeovers = 0;

  constructor({ aging, slots, express, ahead, leasesHold, workersLie, violated }: InvariantOptions) {
    this.#slots = slots;
    this.#express = express;
    this.#ahead = ahead;
    this.#aging = aging;
    this.#leasesHold = leasesHold;
    this.#workersLie = workersLie;
    this.#violated = violated;
  }

  #must(holds: boolean, rule: string, detail: string): void {
    if (!holds) this.#violated(`${rule}: ${detail}`);
  }

  entryLanded(entry: LogEntry): void {
    this.journal.take(entry);
  }

  #judge({ seq, record, task }: Fact): void {
    const where = `entry ${seq}, ${record.kind} ${'id' in record ? record.id : ''}`;
    if (record.kind === 'epoch') return this.#judgeEpoch(record, where);
    if (record.kind === 'rejected') return;
    if (record.kind === 'submitted') {
      this.#must(task === undefined, 'a task is submitted once', where);
      return this.#judgeKey(record, where);
    }
    if (record.kind === 'deleted') return this.#judgeDeletion(record.id, where);
    if (task === undefined)
      return this.#must(false, 'no record names a task that was never submitted', where);
    this.#must(task.settledTimes === 0, 'a settled task never runs again, and settles once', where);
    const allowed = BEFORE[record.kind];
    const fits = allowed === undefined || allowed.includes(task.state);
    this.#must(fits, 'every record follows from the state before it', `${where} after ${task.state}`);
    if (record.kind === 'leased') this.#judgeLease(record, task, where);
    if (record.kind === 'resumed') this.#judgeStart({ task, session: task.session, at: record.at, where });
    if (record.kind === 'settled') this.#judgeVerdict(record, task, where);
    if (record.kind === 'retrying') {
      const { max } = task.submitted.class.retry;
      this.#must(
        task.retries < max,
        'retries never exceed what the policy allows',
        `${where}, ${max} allowed`,
      );
    }
    if (record.kind === 'requeued' && record.why === 'lost') {
      this.#must(task.losses < LOSSES_MAX, 'losses never exceed their limit', where);
    }
  }

  #judgeDeletion(id: string, where: string): void {
    this.#must(this.journal.isSettled(id), 'only a settled task is deleted', where);
    this.#must(!this.journal.deleted.has(id), 'a task is deleted once', where);
  }

  #judgeEpoch(record: Extract<JournalRecord, { kind: 'epoch' }>, where: string): void {
    this.#must(record.epoch >= this.journal.epoch, 'the epochs of engines never fall', where);
    const owner = this.#owners.get(record.epoch) ?? record.owner;
    this.#must(
      owner === record.owner,
      'an epoch has one owner',
      `${where} by ${record.owner}, it is ${owner}'s`,
    );
    this.#owners.set(record.epoch, record.owner);
    if (record.epoch === this.journal.epoch) return;
    const held = [...this.journal.tasks.values()].filter(
      ({ state, ahead }) => !ahead && isLeased(state) && state !== 'suspended',
    );
    const isAbove = ([, leases]: [string, TaskFacts[]]): boolean => leases.length > this.#slots;
    if ([...Map.groupBy(held, ({ session }) => session)].some(isAbove)) this.expressTakeovers++;
  }

  #judgeKey(record: Extract<JournalRecord, { kind: 'submitted' }>, where: string): void {
    if (record.key === undefined) return;
    const holder = this.#byKey.get(record.key);
    this.#must(
      holder === undefined,
      'an idempotency key makes one task',
      `${where}, ${record.key} made ${holder}`,
    );
    this.#byKey.set(record.key, record.id);
  }

  #judgeLease(record: Extract<JournalRecord, { kind: 'leased' }>, task: TaskFacts, where: string): void {
    const isNext = record.epoch === task.epoch + 1;
    this.#must(
      isNext,
      'the epoch of a task rises by one at every lease',
      `${where}: ${record.epoch} after ${task.epoch}`,
    );
    const start = { task, session: record.session, at: record.at, where };
    if (record.ahead) this.#judgeOrder(start);
    else this.#judgeStart(start);
  }

  /** A task starts or resumes on a session. */
  #judgeStart(start: Start): void {
    const { task, session, where } = start;
    const held = [...this.journal.tasks.values()].filter(
      (other) => this.#isHeldBy(other, session) && !other.ahead,
    ).length;
    this.#must(
      held < this.#slots + this.#express,
      'a session holds no more leases than it has slots and express slots, except frozen ones and those assigned ahead',
      `${where} to ${session}`,
    );
    this.#must(
      held < this.#slots || task.promised || task.submitted.class.band === 'critical',
      'a worker above its slot count is given no task but urgent ones',
      `${where} to ${session}`,
    );
    this.#judgeOrder(start);
  }

  #judgeOrder({ task, session, at, where }: Start): void {
    const better = [...this.journal.tasks.values()].find((other) =>
      this.#comesBefore(other, { started: task, session, at }),
    );
    this.#must(
      better === undefined,
      'the best of those that fit is started',
      `${where}, ${better?.id} waited`,
    );
  }

  #isHeldBy({ session, state }: TaskFacts, by: string): boolean {
    return session === by && isLeased(state) && state !== 'suspended';
  }

  #comesBefore(other: TaskFacts, { started, session, at }: Started): boolean {
    const waits = other.state === 'queued' || (other.state === 'suspended' && other.session === session);
    if (!waits || other === started) return false;
    const [a, b] = [other.submitted.class, started.submitted.class];
    if (other.state === 'queued' && placementKey(a) !== placementKey(b)) return false;
    // A slot that victims freed belongs to the holder of the reservation, until a task of a higher band takes it.
    if (started.promised && rankOf(a.band) <= rankOf(b.band)) return false;
    const [rankA, rankB] = [this.#rank(other, at), this.#rank(started, at)];
    return rankA > rankB || (rankA === rankB && other.order < started.order);
  }

  #rank({ submitted }: TaskFacts, at: number): number {
    return agedRank(rankOf(submitted.class.band), at - submitted.at, this.#aging);
  }

  #judgeVerdict(record: Extract<JournalRecord, { kind: 'settled' }>, task: TaskFacts, where: string): void {
    if (record.state !== 'completed') return;
    const { of, by } = record.result as SimResult;
    const lease = `${task.id}@${task.epoch}`;
    const isIts = of === lease && by === task.session;
    this.#must(isIts, 'a result is that of the lease that counts', `${where}: ${of} by ${by}, not ${lease}`);
  }

  /** A submitter got the answer that its task is accepted. */
  acceptedTask(id: string): void {
    const known = this.journal.tasks.has(id) || this.journal.rejected.has(id);
    this.#must(known, 'what was answered is in the journal', `task ${id} was accepted`);
  }

  /** An answer showed a task, perhaps with its verdict. */
  shown(id: string, isVerdict: boolean): void {
    const holds = isVerdict ? this.journal.isSettled(id) : this.journal.tasks.has(id);
    this.#must(
      holds,
      'nothing is shown that is not in the journal',
      `task ${id}${isVerdict ? ' with its verdict' : ''}`,
    );
  }

  /** An answer said that a task is deleted. */
  deleted(id: string): void {
    this.#must(this.journal.deleted.has(id), 'what is said to be deleted is deleted in the journal', id);
  }

  /** An answer said that there is no such task. */
  denied(id: string): void {
    if (this.journal.deleted.has(id)) return;
    this.#must(!this.#leasesHold, 'no task that was accepted is denied', id);
  }

  /** A session learned that it does not hold a lease, by a signal or in the answer to a report. */
  disowned(session: string, id: string, epoch: number): void {
    if (!this.#leasesHold || this.#workersLie) return;
    const isRight = this.journal.isLive(id, epoch) && this.journal.tasks.get(id)?.session === session;
    this.#must(!isRight, 'no lease that counts is disowned', `${id}@${epoch} of ${session}`);
  }

  /** An engine sent a lease to its worker. */
  assigned(id: string, epoch: number): void {
    const known = this.journal.leases.has(`${id}@${epoch}`);
    this.#must(known, 'no worker gets a lease before the journal has it', `${id}@${epoch}`);
  }

  published({ event, id, epoch }: FeedEvent): void {
    if (event === 'progress') return;
    const known =
      event === 'started'
        ? this.journal.leases.has(`${id}@${epoch}`)
        : ['completed', 'failed', 'cancelled', 'timed_out', 'rejected'].includes(event)
          ? this.journal.isSettled(id)
          : event === 'deleted'
            ? this.journal.deleted.has(id)
            : this.journal.tasks.has(id);
    this.#must(known, 'no event is published before the journal has its fact', `${event} of ${id}@${epoch}`);
  }

  /** A worker's report of the end of a lease was answered without being refused. */
  accepted(id: string, epoch: number): void {
    this.#must(!this.journal.isLive(id, epoch), 'an accepted report is in the journal', `${id}@${epoch}`);
  }

  /** An engine has nothing to do at this instant: its counters, queues and leases must agree. */
  atRest(cell: Cell): void {
    const queued = [...cell.state.table.rows.values()].filter(({ state }) => state === 'queued');
    this.#countersMatch(cell.state.table.rows.values(), (band) => cell.state.table.countsOf(band));
    const inQueues = [...cell.queueClasses.nonEmpty()].reduce((sum, queueClass) => sum + queueClass.size, 0);
    this.#must(
      inQueues === queued.length,
      'the queue classes hold every waiting task',
      `${inQueues} of ${queued.length}`,
    );
    this.#leasesMatch(cell);
    this.#aheadHolds(cell);
    if (!cell.dispatcher.enabled || cell.outbox.stalled) return;
    const ready = queued.find((row) =>
      cell.fleet.eligible(cell.queueClasses.of(row.class)).some(({ free }) => free > 0),
    );
    this.#must(ready === undefined, 'no ready task waits while a fitting slot is free', `${ready?.id}`);
    const frozen = [...cell.state.table.rows.values()].find(
      ({ state, run }) => state === 'suspended' && (cell.fleet.get(run.session ?? '')?.free ?? 0) > 0,
    );
    this.#must(frozen === undefined, 'no frozen task waits while its slot is free', `${frozen?.id}`);
  }

  /** What the engine before has assigned ahead comes on top of it, until the worker has said which of them wait. */
  #aheadHolds(cell: Cell): void {
    for (const { session, ahead } of cell.fleet.withAhead()) {
      const own = ahead.names().filter(([id]) => this.journal.tasks.get(id)?.leasedBy === cell.epoch);
      this.#must(
        own.length <= 2 * this.#ahead,
        'an engine assigns no more ahead to a session than it takes, and as many that it was requested to return',
        `${session}: ${own.length}`,
      );
    }
  }

  #leasesMatch(cell: Cell): void {
    for (const row of cell.state.table.rows.values()) {
      if (!isLeased(row.state)) continue;
      const held = cell.fleet.get(row.run.session ?? '')?.leases.get(row.id)?.epoch;
      this.#must(
        held === row.epoch,
        'a running task is held by a session that the engine watches',
        `${row.id}@${row.epoch}`,
      );
    }
  }

  #countersMatch(
    rows: Iterable<TaskRow>,
    use: (band: Band) => { waiting: number; queued: number; running: number; retrying: number },
  ): void {
    const counted = new Map(BANDS.map((band) => [band, { waiting: 0, queued: 0, running: 0, retrying: 0 }]));
    for (const { state, class: kind } of rows) {
      const of = counted.get(kind.band);
      if (of === undefined) continue;
      if (state === 'queued' || state === 'waiting') of[state]++;
      else if (['retrying', 'preempted', 'suspended'].includes(state)) of.retrying++;
      else if (isLeased(state)) of.running++;
    }
    for (const [band, of] of counted) {
      const { waiting, queued, running, retrying } = use(band);
      const same =
        waiting === of.waiting && queued === of.queued && running === of.running && retrying === of.retrying;
      this.#must(same, 'the counters of a band equal a recount', `${band}: ${queued} ${running} ${retrying}`);
    }
  }

  /** Everything has healed and come to an end. */
  ended(accepted: Iterable<string>, cell: Cell): void {
    for (const id of accepted) {
      this.#must(this.journal.isSettled(id), 'every accepted task settles', id);
    }
    for (const id of this.journal.deleted) {
      this.#must(cell.state.table.get(id) === undefined, 'what was deleted stays away', id);
    }
    for (const { session, leases } of cell.fleet.all()) {
      this.#must(
        leases.size === 0,
        'no slot stays taken when nothing runs',
        `${session}: ${[...leases.keys()].join()}`,
      );
    }
  }

  replayed(memory: PlainState, replay: PlainState, from: string): void {
    const [a, b] = [JSON.stringify(memory), JSON.stringify(replay)];
    this.#must(a === b, `memory equals a replay of the ${from}`, firstDifference(a, b));
  }
}

const firstDifference = (a: string, b: string): string => {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const from = Math.max(0, at - 60);
  return `…${a.slice(from, at + 60)}… is not …${b.slice(from, at + 60)}…`;
};
