import type { AttemptOutcome } from '@precedent/contract-types';
import type { EpochMs, Problem } from '@precedent/kernel';
import type { ChangeRecord } from './records.ts';
import type { PreemptMode, VictimEnd } from './task-state.ts';

/** An order to a victim to give up its slot: the decision, the mode and the deadline. */
export interface PreemptionOrder {
  readonly decision: string;
  readonly mode: PreemptMode;
  readonly deadline: EpochMs;
  /** The task was suspended by this order, and the preemption is counted. `deadline` is until when the suspension may last. */
  readonly frozen?: true | undefined;
}

/** The counts of a task and its lease. They change in `countsAfter` only. */
export interface AttemptCounts {
  /** Attempts started. A lease that resumes an interrupted attempt does not add to it. */
  readonly attempt: number;
  /** Retries used up. Neither a loss nor a return adds to it. */
  readonly retries: number;
  /** Times that a worker or a lease was lost under the task. */
  readonly losses: number;
  /** Fencing token, one higher at every lease; a report with another one is ignored. It is not a retry counter. */
  readonly epoch: number;
  readonly worker: string | undefined;
  /** Times that the task was a victim and gave up its slot. */
  readonly preemptions: number;
  /** The attempt was interrupted and is not over: the next lease resumes it. */
  readonly resuming: boolean;
  /** Its lease was assigned ahead, and no record tells a start yet. */
  readonly ahead?: true | undefined;
  /** While the task is a victim. */
  readonly preempt?: PreemptionOrder | undefined;
}

/** Whether the record ends a lease that was assigned ahead and never started: it leaves no trace but its epoch. */
export const isUnstarted = ({ ahead }: Pick<AttemptCounts, 'ahead'>, record: ChangeRecord): boolean =>
  ahead === true && record.ranMs === undefined && record.kind === 'requeued' && record.why === 'returned';

/** The counts after a record. Other fields of `counts` are copied. */
export const countsAfter = <C extends AttemptCounts>(before: C, record: ChangeRecord): C => {
  if (isUnstarted(before, record)) return unstarted(before);
  const counts =
    before.ahead && (record.ranMs !== undefined || leaseEndOf(record))
      ? { ...before, ahead: undefined }
      : before;
  switch (record.kind) {
    case 'leased':
      return {
        ...counts,
        attempt: counts.resuming ? counts.attempt : counts.attempt + 1,
        epoch: record.epoch,
        worker: record.worker,
        ...(record.ahead && { ahead: record.ahead }),
      };
    case 'requeued': {
      const losses = counts.losses + (record.why === 'lost' ? 1 : 0);
      // A resumed attempt that is given back has lost nothing: it waits on.
      const resuming = record.why === 'yielded' || (record.why === 'returned' && counts.resuming);
      return { ...counts, losses, worker: undefined, resuming, preempt: undefined };
    }
    case 'retrying':
      return {
        ...counts,
        retries: counts.retries + 1,
        worker: undefined,
        resuming: false,
        preempt: undefined,
      };
    case 'preempted': {
      const preemptions = preemptionsAfter(counts);
      return { ...counts, preemptions, worker: undefined, resuming: true, preempt: undefined };
    }
    case 'suspended': {
      const { preempt } = counts;
      if (preempt === undefined) return counts;
      const order = { ...preempt, deadline: record.until, frozen: true as const };
      return { ...counts, preemptions: preemptionsAfter(counts), preempt: order };
    }
    case 'preempting': {
      const { decision, mode, deadline, frozen } = record;
      return { ...counts, preempt: { decision, mode, deadline, ...(frozen && { frozen }) } };
    }
    case 'spared':
    case 'resumed':
    case 'stopping':
    case 'settled':
      return counts.preempt === undefined ? counts : { ...counts, preempt: undefined };
    case 'edge':
    case 'ready':
    case 'rebanded':
    case 'due':
    case 'kept':
      return counts;
  }
};

/** Its attempt never began; one that it was to resume waits on. */
const unstarted = <C extends AttemptCounts>(counts: C): C => ({
  ...counts,
  attempt: counts.resuming ? counts.attempt : counts.attempt - 1,
  worker: undefined,
  ahead: undefined,
});

/** One order counts as one preemption, also when it suspended the task before it ended the lease. */
export const preemptionsAfter = ({ preemptions, preempt }: AttemptCounts): number =>
  preemptions + (preempt?.frozen ? 0 : 1);

/** Run time of an attempt. The time in which a task is suspended does not count. */
export interface RunClock {
  /** The code of the task runs since then; `undefined` while it is suspended or has no lease. */
  readonly runningSince: EpochMs | undefined;
  /** Milliseconds that the attempt ran before. */
  readonly ranMs: number;
}

/** Milliseconds that the attempt has run by `at`. */
export const ranUntil = ({ runningSince, ranMs }: RunClock, at: EpochMs): number =>
  ranMs + Math.max(0, at - (runningSince ?? at));

/** The clock after a record; `resuming`: whether the attempt goes on, by the counts after it. */
export const clockAfter = (
  before: RunClock & Pick<AttemptCounts, 'ahead'>,
  record: ChangeRecord,
  resuming: boolean,
): RunClock => {
  const { at } = record;
  const clock = record.ranMs === undefined ? before : { ...before, runningSince: at - record.ranMs };
  // One that was assigned ahead runs only once a record says so, also when it is stopped before.
  const { runningSince = before.ahead ? undefined : at, ranMs } = clock;
  switch (record.kind) {
    case 'leased':
      return { runningSince: record.ahead ? undefined : at, ranMs };
    case 'stopping':
    case 'preempting':
    case 'spared':
    case 'resumed':
      return { runningSince, ranMs };
    case 'suspended':
      return { runningSince: undefined, ranMs: ranUntil(clock, at) };
    case 'requeued':
    case 'retrying':
    case 'preempted':
      return { runningSince: undefined, ranMs: resuming ? ranUntil(clock, at) : 0 };
    case 'settled':
      return { runningSince: undefined, ranMs };
    case 'edge':
    case 'ready':
    case 'rebanded':
    case 'due':
    case 'kept':
      return { runningSince: clock.runningSince, ranMs };
  }
};

/** How a lease ended. */
export interface LeaseEnd {
  readonly outcome: AttemptOutcome;
  /** How it ended as a victim. */
  readonly end?: VictimEnd | undefined;
  readonly error?: Problem | undefined;
}

/** How the lease ended that this record ends; `undefined` when the record ends none. */
export const leaseEndOf = (record: ChangeRecord): LeaseEnd | undefined => {
  switch (record.kind) {
    case 'settled': {
      const { state, end, error } = record;
      // It never had a lease.
      if (state === 'skipped') return undefined;
      return { outcome: state, ...(end && { end }), ...(error && { error }) };
    }
    case 'retrying':
      return { outcome: 'failed', error: record.error, ...(record.end && { end: record.end }) };
    case 'requeued':
      return { outcome: record.why };
    case 'preempted':
      return { outcome: 'preempted', end: record.end };
    case 'edge':
    case 'ready':
    case 'rebanded':
    case 'leased':
    case 'stopping':
    case 'due':
    case 'preempting':
    case 'spared':
    case 'suspended':
    case 'resumed':
    case 'kept':
      return undefined;
  }
};

/** The latest attempt of a task, for readers that keep more of it than a row does. It holds no text of a user. */
export interface Attempt extends AttemptCounts, RunClock {
  readonly session?: string | undefined;
  /** When the latest lease began. */
  readonly leasedAt?: EpochMs | undefined;
  /** How the latest lease ended; absent before its end. */
  readonly outcome?: AttemptOutcome | undefined;
  readonly end?: VictimEnd | undefined;
  /** Checkpoints that this attempt has written, and those of the attempts before it. */
  readonly checkpoints: number;
  readonly earlierCheckpoints: number;
  /** Run time of this attempt at its last checkpoint or at the beginning of its lease: later work is lost when it is cut. */
  readonly durableMs: number;
  /** Work of all attempts that checkpoints made durable. Milliseconds. */
  readonly savedMs: number;
}

export const NO_ATTEMPT: Attempt = Object.freeze({
  attempt: 0,
  retries: 0,
  losses: 0,
  epoch: 0,
  worker: undefined,
  preemptions: 0,
  resuming: false,
  preempt: undefined,
  runningSince: undefined,
  ranMs: 0,
  checkpoints: 0,
  earlierCheckpoints: 0,
  durableMs: 0,
  savedMs: 0,
});

/** The fold of a task's records for every reader of attempts. It counts and measures as the fold of the engine's rows does. */
export const attemptAfter = (before: Attempt, record: ChangeRecord): Attempt => {
  const attempt = begunBy(before, record);
  const counts = countsAfter(attempt, record);
  const clock = clockAfter(attempt, record, counts.resuming);
  const next: Attempt = { ...counts, ...clock };
  if (record.kind === 'leased') return leased(attempt, next, record);
  if (record.kind === 'kept') return record.step.kind === 'checkpoint' ? saved(next, record.at) : next;
  const ended = attempt.leasedAt === undefined || attempt.outcome ? undefined : leaseEndOf(record);
  return ended ? { ...next, outcome: ended.outcome, end: ended.end } : next;
};

/** The attempt with the start of its lease, if this record tells it. */
export const begunBy = (attempt: Attempt, { at, ranMs }: ChangeRecord): Attempt =>
  ranMs === undefined ? attempt : { ...attempt, leasedAt: at - ranMs, runningSince: at - ranMs };

const leased = (before: Attempt, next: Attempt, { at, session }: Of<'leased'>): Attempt => {
  const lease = { ...next, session, leasedAt: at, outcome: undefined, end: undefined, durableMs: next.ranMs };
  if (before.resuming) return lease;
  return { ...lease, checkpoints: 0, earlierCheckpoints: before.earlierCheckpoints + before.checkpoints };
};

const saved = (attempt: Attempt, at: EpochMs): Attempt => ({
  ...attempt,
  checkpoints: attempt.checkpoints + 1,
  savedMs: attempt.savedMs + unsavedMs(attempt, at),
  durableMs: ranUntil(attempt, at),
});

/** Milliseconds of work that are lost when the lease is cut at `at`. */
export const unsavedMs = (attempt: Attempt, at: EpochMs): number => ranUntil(attempt, at) - attempt.durableMs;

type Of<K extends ChangeRecord['kind']> = Extract<ChangeRecord, { kind: K }>;
