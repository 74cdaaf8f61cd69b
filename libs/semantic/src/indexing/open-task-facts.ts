import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { NO_ATTEMPT } from '@precedent/tasks';
import type { Attempt } from '@precedent/tasks';
import type { TaskFacts } from '../facts.ts';

/** An open task: its facts so far, and the fold of its latest attempt. */
export interface OpenTaskFacts {
  readonly facts: TaskFacts;
  readonly attempt: Attempt;
  /** The spec under which its documents are counted; '' when they are not counted, `false` when it has none. Absent: it may have some. */
  readonly shownAs?: string | false | undefined;
  /** Its documents may be of a run that was interrupted, whatever `shownAs` says. */
  readonly isReplayed?: true | undefined;
}

/** The version of the texts in which open tasks are stored. Version 1 is read as well. */
const VERSION = 2;

export const storedTextOf = (task: OpenTaskFacts): string => JSON.stringify({ v: VERSION, ...task });

/** Reads a stored open task. Throws DATA_TOO_NEW for a later version. */
export const openTaskFactsOf = (text: string): OpenTaskFacts => {
  const stored = JSON.parse(text) as Partial<OpenTaskFacts> & { readonly v?: number };
  const { v = 1, facts, attempt, ...shown } = stored;
  if (v > VERSION)
    throw new AppError(
      'DATA_TOO_NEW',
      `an open task has version ${v}, this vectorizer reads up to ${VERSION}`,
    );
  return facts && attempt ? { ...shown, facts, attempt } : upgraded(JSON.parse(text) as FactsOfVersion1);
};

/** Version 1 stored the facts alone, and moved the start of a resumed attempt by its pause. */
type FactsOfVersion1 = TaskFacts & { readonly safeAt?: EpochMs };

/** Starts the fold from the facts. They do not hold a suspension under way, which therefore counts as run time until it ends. */
const upgraded = ({ safeAt, ...facts }: FactsOfVersion1): OpenTaskFacts => {
  const last = facts.attempts.at(-1);
  const counts = { ...NO_ATTEMPT, attempt: last?.n ?? 0, preemptions: facts.preemptions?.length ?? 0 };
  if (last === undefined) return { facts, attempt: counts };
  const { worker, startedAt, endedAt, outcome, checkpoints = 0 } = last;
  const attempt = { ...counts, worker, checkpoints };
  if (outcome === 'preempted')
    return { facts, attempt: { ...attempt, resuming: true, ranMs: Math.max(0, (endedAt ?? 0) - startedAt) } };
  if (outcome !== undefined) return { facts, attempt };
  const durableMs = Math.max(0, (safeAt ?? startedAt) - startedAt);
  const preempt = facts.makesRoomFor && UNKNOWN_PREEMPTION;
  return { facts, attempt: { ...attempt, leasedAt: startedAt, runningSince: startedAt, durableMs, preempt } };
};

const UNKNOWN_PREEMPTION = { decision: '', mode: 'at_checkpoint', deadline: 0 } as const;
