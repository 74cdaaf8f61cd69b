import type { ScheduleStatus } from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Zones } from '@precedent/ports';
import type { Definition } from '@precedent/tasks';
import type { RunEnd } from './schedule-runs.ts';
import { ticksOfSchedule } from './schedule-definition.ts';
import type { CheckedSchedule } from './schedule-definition.ts';

/** The status with the next tick behind its position, and the version of the data that it comes from. */
export const withNext = (
  definition: Definition,
  status: ScheduleStatus,
  zones: Zones | undefined,
): ScheduleStatus => {
  const { count = Number.POSITIVE_INFINITY } = definition.spec as CheckedSchedule;
  const isOver = status.paused !== undefined || status.runs >= count;
  const next = isOver ? undefined : ticksOfSchedule(definition, zones)(status.position)?.at;
  return { ...status, next, zones: zones?.version };
};

/** Without what says nothing: a hundred thousand of them are in memory. */
export const cleaned = (status: ScheduleStatus): ScheduleStatus => {
  const { open, queued, failures, skipped, ...rest } = status;
  return {
    ...(defined(rest) as ScheduleStatus),
    ...(open && open.length > 0 && { open }),
    ...(queued && queued.length > 0 && { queued }),
    ...(failures && { failures }),
    ...(skipped && { skipped }),
  };
};

/** What does not depend on how its runs end need not know. */
export const isFollowed = ({ whileRunning, pauseAfterFailures }: CheckedSchedule): boolean =>
  whileRunning !== 'allow' || pauseAfterFailures !== undefined;

export const afterStart = (
  spec: CheckedSchedule,
  status: ScheduleStatus,
  { id, nominal }: { readonly id: string; readonly nominal: string },
): ScheduleStatus => {
  const open = isFollowed(spec) ? { open: [...(status.open ?? []), id] } : {};
  return { ...status, ...open, runs: status.runs + 1, last: nominal, refusal: undefined };
};

/** A run has its verdict. Failures in a row may pause the schedule. */
export const afterEnd = (
  { pauseAfterFailures = Number.POSITIVE_INFINITY }: CheckedSchedule,
  status: ScheduleStatus,
  { id, end, at }: { readonly id: string; readonly end: RunEnd; readonly at: EpochMs },
): ScheduleStatus => {
  const failures = failuresAfter(status.failures ?? 0, end);
  const open = (status.open ?? []).filter((other) => other !== id);
  const pauses = failures >= pauseAfterFailures && status.paused === undefined;
  const reason = `${failures} runs in a row have failed`;
  return { ...status, open, failures, ...(pauses && { paused: { at, reason } }) };
};

const failuresAfter = (failures: number, end: RunEnd): number => {
  if (end === 'failed' || end === 'timed_out') return failures + 1;
  return end === 'completed' ? 0 : failures;
};
