import type { AttemptOutcome, LimitFacts, Verdict } from '@precedent/contract-types';
import type { Band, EpochMs } from '@precedent/kernel';

/** An error of an attempt. The code is one of the catalogue, or one that a handler chose. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
}

export interface AttemptFacts {
  /** Counts from 1. */
  readonly n: number;
  readonly worker: string;
  /** The time of its first lease. */
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs;
  /** Milliseconds that its code ran, without pauses and suspensions. Absent: the time from its start to its end. */
  readonly ranMs?: number;
  /** Retries and losses of the task before this attempt. Absent: every earlier attempt was one or the other. */
  readonly repeats?: number;
  readonly outcome?: AttemptOutcome;
  readonly error?: ErrorFacts;
  readonly exitCode?: number;
  /** The signal that ended it, such as `SIGKILL`. */
  readonly signal?: string;
  /** The end of what a failed attempt printed, or of the response that it got. */
  readonly output?: string;
  /** The peak of its memory, in MiB. */
  readonly peakMemoryMb?: number;
  /** The number of checkpoints that it wrote, over all leases. */
  readonly checkpoints?: number;
}

export interface PreemptionFacts {
  readonly at: EpochMs;
  /** The task that took the slot. */
  readonly by?: string;
  /** The name of that task, or its type. */
  readonly byName?: string;
  readonly reason?: string;
  /** Work that had to be done again, in milliseconds. */
  readonly lostMs?: number;
}

export interface DecisionFacts {
  readonly at: EpochMs;
  readonly outcome: string;
  readonly explanation: string;
}

export interface DependencyFacts {
  /** Name or type of the task that this one waited for. */
  readonly name: string;
  readonly outcome: string;
}

/** Milliseconds that an attempt ran; `undefined` before its end. */
export const attemptRanMs = ({ startedAt, endedAt, ranMs }: AttemptFacts): number | undefined =>
  endedAt === undefined ? undefined : (ranMs ?? Math.max(0, endedAt - startedAt));

/**
 * The facts of one task, before redaction. They hold the names of environment variables and the payload's shape (`shapeOf`), and no
 * values of either. `payloadValues` is present only for types that opted in. Open tasks are stored with these names in the state file.
 */
export interface TaskFacts {
  readonly id: string;
  readonly namespace: string;
  readonly project: string;
  readonly type: string;
  readonly band: Band;
  readonly name?: string;
  readonly command?: string;
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly envKeys?: readonly string[];
  readonly payloadShape?: readonly string[];
  readonly payloadValues?: unknown;
  /** Equal only for tasks with the same input, values included. */
  readonly inputHash?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** The version of the code that ran: its label `version`. */
  readonly version?: string;
  readonly pool?: string;
  /** Its security label. */
  readonly security?: string;
  readonly limits?: LimitFacts;
  readonly dependencies?: readonly DependencyFacts[];
  /** Content hash by name. */
  readonly artifacts?: Readonly<Record<string, string>>;
  readonly attempts: readonly AttemptFacts[];
  readonly preemptions?: readonly PreemptionFacts[];
  /** The preemptor, while the task is a victim that has not ended its run. */
  readonly makesRoomFor?: Pick<PreemptionFacts, 'by' | 'byName'>;
  readonly decisions?: readonly DecisionFacts[];
  readonly submittedAt: EpochMs;
  readonly settledAt?: EpochMs;
  /** The verdict of a settled task. */
  readonly outcome?: Verdict;
  readonly resultShape?: readonly string[];
}
