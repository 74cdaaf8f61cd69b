import { cutText } from '@precedent/kernel';
import type { TaskSummary } from '@precedent/ports';

/** Failures that mean the same. */
export interface FailureGroup {
  readonly fingerprint: string;
  readonly code: string;
  /** Of the last one seen. */
  readonly message: string;
  readonly count: number;
  /** The id of the last one seen. */
  readonly task: string;
}

export interface NamedTask {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** Milliseconds, or a count. */
  readonly value: number;
}

/** The figures of a report, collected task by task. JSON of bounded size. */
export interface ReportFacts {
  readonly tasks: number;
  readonly byState: Readonly<Record<string, number>>;
  readonly byType: Readonly<Record<string, number>>;
  /** Slowest first. */
  readonly slowest: readonly NamedTask[];
  /** In the order of their first task. */
  readonly failures: Readonly<Record<string, FailureGroup>>;
  readonly preemptions: number;
  /** Most often preempted first. */
  readonly preempted: readonly NamedTask[];
}

export const NO_FACTS: ReportFacts = {
  tasks: 0,
  byState: {},
  byType: {},
  slowest: [],
  failures: {},
  preemptions: 0,
  preempted: [],
};

const LISTED_MAX = 100;
const GROUPS_MAX = 1_000;
const OTHER = '(others)';
const TEXT_CHARS = 300;

/** The facts with some more tasks. */
export const withTasks = (facts: ReportFacts, tasks: readonly TaskSummary[]): ReportFacts => {
  const [byState, byType] = [countsOf(facts.byState), countsOf(facts.byType)];
  const failures = new Map(Object.entries(facts.failures));
  let { slowest, preemptions, preempted } = facts;
  for (const task of tasks) {
    count(byState, task.state);
    count(byType, task.type);
    slowest = ranked(slowest, task, task.durationMs);
    preempted = ranked(preempted, task, task.preemptions);
    preemptions += task.preemptions;
    if (task.error !== undefined) group(failures, task.id, task.error);
  }
  return {
    tasks: facts.tasks + tasks.length,
    byState: Object.fromEntries(byState),
    byType: Object.fromEntries(byType),
    slowest,
    failures: Object.fromEntries(failures),
    preemptions,
    preempted,
  };
};

const countsOf = (counts: Readonly<Record<string, number>>): Map<string, number> =>
  new Map(Object.entries(counts));

/** Tasks can have any names, so only so many are counted by their own name. */
const groupName = (known: ReadonlyMap<string, unknown>, name: string): string =>
  known.has(name) || known.size < GROUPS_MAX ? name : OTHER;

const count = (counts: Map<string, number>, name: string): void => {
  const own = groupName(counts, name);
  counts.set(own, (counts.get(own) ?? 0) + 1);
};

const ranked = (
  list: readonly NamedTask[],
  { id, name = '', type }: TaskSummary,
  value: number | undefined,
): readonly NamedTask[] => {
  if (value === undefined || value <= 0) return list;
  if (list.length >= LISTED_MAX && value <= (list.at(-1)?.value ?? 0)) return list;
  return [...list, { id, name: cutText(name, TEXT_CHARS), type, value }]
    .sort((a, b) => b.value - a.value || (a.id < b.id ? -1 : 1))
    .slice(0, LISTED_MAX);
};

const group = (
  groups: Map<string, FailureGroup>,
  task: string,
  { code, message, fingerprint = code }: NonNullable<TaskSummary['error']>,
): void => {
  const own = groupName(groups, fingerprint);
  groups.set(own, {
    fingerprint: own,
    code,
    message: cutText(message, TEXT_CHARS),
    count: (groups.get(own)?.count ?? 0) + 1,
    task,
  });
};
