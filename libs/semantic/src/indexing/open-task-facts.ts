import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { NO_ATTEMPT } from '@precedent/tasks';
import type { Attempt } from '@precedent/tasks';
import type { TaskFacts } from '../facts.ts';

/** A task that is not over: its facts so far, and where its latest attempt is. */
export interface OpenTaskFacts {
  readonly facts: TaskFacts;
  readonly attempt: Attempt;
}

/** The version of the texts in which open tasks survive a restart. This code reads version 1 as well. */
const VERSION = 2;

export const storedTextOf = (task: OpenTaskFacts): string => JSON.stringify({ v: VERSION, ...task });

/** The task of a text. Throws DATA_TOO_NEW for a later version. */
export const openTaskFactsOf = (text: string): OpenTaskFacts => {
  const stored = JSON.parse(text) as Partial<OpenTaskFacts> & { readonly v?: number };
  const { v = 1, facts, attempt } = stored;
  if (v > VERSION)
    throw new AppError(
      'DATA_TOO_NEW',
      `an open task has version ${v}, this vectorizer reads up to ${VERSION}`,
    );
  return facts && attempt ? { facts, attempt } : upgraded(JSON.parse(text) as FactsOfVersion1);
};

/** Version 1 had the facts alone, and the beginning of a resumed attempt was moved by the pause. */
type FactsOfVersion1 = TaskFacts & { readonly safeAt?: EpochMs };

/** Begins the fold with what the facts tell. A suspension that was under way is not among that: it counts as run time until its end. */
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
  const preempt = facts.makesRoomFor && UNKNOWN_ORDER;
  return { facts, attempt: { ...attempt, leasedAt: startedAt, runningSince: startedAt, durableMs, preempt } };
};

const UNKNOWN_ORDER = { decision: '', mode: 'at_checkpoint', deadline: 0 } as const;
