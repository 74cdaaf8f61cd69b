import type { LimitMatch } from '@precedent/contract-types';
import type { Band } from '@precedent/kernel';

/** What of a task a limit may be about. */
export interface LimitedTask {
  readonly type: string;
  readonly project: string;
  readonly band: Band;
  readonly pool: string;
  readonly labels: Readonly<Record<string, string>>;
}

export const isLimited = (match: LimitMatch | undefined, task: LimitedTask): boolean => {
  if (match === undefined) return true;
  const { type, project, band, pool, labels = {} } = match;
  return (
    (type === undefined || type === task.type) &&
    (project === undefined || project === task.project) &&
    (band === undefined || band === task.band) &&
    (pool === undefined || pool === task.pool) &&
    Object.entries(labels).every(([name, value]) => task.labels[name] === value)
  );
};
