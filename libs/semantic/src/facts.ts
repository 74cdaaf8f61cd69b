import type { AttemptOutcome, Verdict } from '@precedent/contract-types';
import type { Band, EpochMs } from '@precedent/kernel';

/** An error of an attempt, with whatever code it has: ours, or one that a handler chose. */
export interface ErrorFacts {
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export interface AttemptFacts {
  /** Counts from 1. */
  readonly n: number;
  readonly worker: string;
  /** Of its first lease. */
  readonly startedAt: EpochMs;
  readonly endedAt?: EpochMs;
  /** Milliseconds that its code ran, without pauses and suspensions. Absent: from its start to its end. */
  readonly ranMs?: number;
  /** Retries and losses of the task before it. Absent: all attempts before it were one or the other. */
  readonly repeats?: number;
  readonly outcome?: AttemptOutcome;
  readonly error?: ErrorFacts;
  readonly exitCode?: number;
  /** That ended it, such as `SIGKILL`. */
  readonly signal?: string;
  /** The last part of its output. */
  readonly logTail?: string;
  /** The most memory that it held, in MiB. */
  readonly peakMemoryMb?: number;
  /** That it wrote, over all its parts. */
  readonly checkpoints?: number;
}

export interface PreemptionFacts {
  readonly at: EpochMs;
  /** The task that took the slot. */
  readonly by?: string;
  /** Its name, or its type. */
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
  /** Name or type of the task that was waited for. */
  readonly name: string;
  readonly outcome: string;
}

/** Milliseconds that an attempt ran; `undefined` before its end. */
export const attemptRanMs = ({ startedAt, endedAt, ranMs }: AttemptFacts): number | undefined =>
  endedAt === undefined ? undefined : (ranMs ?? Math.max(0, endedAt - startedAt));

/** What a task was asked to be kept within. Milliseconds and MiB. */
export interface LimitFacts {
  readonly attemptTimeoutMs?: number;
  readonly totalTimeoutMs?: number;
  readonly maxRetries?: number;
  readonly retryDelayMs?: number;
  readonly memoryMb?: number;
  readonly cpu?: number;
}

/**
 * All that is known of one task, before redaction. Values of the environment and of the payload are not part of it: keys, and
 * the payload's shape (`shapeOf`). `payloadValues` is there only for types that opted in.
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
  /** The same only for tasks that ask for the same with the same values. */
  readonly inputHash?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of the code that ran. */
  readonly version?: string;
  readonly pool?: string;
  readonly limits?: LimitFacts;
  readonly dependencies?: readonly DependencyFacts[];
  /** Content hash by name. */
  readonly artifacts?: Readonly<Record<string, string>>;
  readonly attempts: readonly AttemptFacts[];
  readonly preemptions?: readonly PreemptionFacts[];
  /** While it is on its way out: who takes its place. */
  readonly makesRoomFor?: Pick<PreemptionFacts, 'by' | 'byName'>;
  readonly decisions?: readonly DecisionFacts[];
  readonly submittedAt: EpochMs;
  readonly settledAt?: EpochMs;
  /** Its verdict, once it has one. */
  readonly outcome?: Verdict;
  readonly resultShape?: readonly string[];
}
