/** What of the verdict of another task a dependency waits for. */
export const DEPENDENCY_CONDITIONS = [
  /** It completed. */
  'success',
  /** It completed, or was skipped because a condition chose another branch: for a task behind the branches. */
  'ok',
  /** It failed or timed out. */
  'failure',
  /** Any verdict. */
  'completion',
  'cancelled',
  'skipped',
] as const;
export type DependencyCondition = (typeof DEPENDENCY_CONDITIONS)[number];

/** One edge: another task of the namespace that a task waits for. */
export interface Dependency {
  /** For how long after the submission the other task may be missing. Milliseconds; absent: not at all. */
  readonly expect?: number | undefined;
  /** `success` when absent. */
  readonly on?: DependencyCondition | undefined;
  /** It has to be decided, but may be lost. */
  readonly optional?: boolean | undefined;
  /** Its id. */
  readonly task: string;
  /** A condition in CEL over `id`, `state`, `result` and `error` of the task. Where it does not hold the dependency is lost. */
  readonly when?: string | undefined;
}

/** How many of the dependencies that are not optional have to be met: all of them, one, or a number of them. */
export type Join = 'all' | 'any' | number;

/** Why a task was skipped: a condition chose another branch, or a dependency can not be met any more. */
export type SkipCause = 'condition' | 'dependency';
