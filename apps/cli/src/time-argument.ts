import { clampTime, parseDuration, parseTime } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { UsageError } from './usage-error.ts';

/**
 * The time that a flag names: an ISO 8601 text (UTC where it names no zone), or an age such as `2h`, at most since 1970.
 * Throws INVALID_REQUEST with the flag for anything else, also for a date that does not exist.
 */
export const timeArgument = (flag: string, text: string, now: EpochMs): EpochMs => {
  const at = timeBefore(text, now) ?? parseTime(text);
  if (at !== undefined && at >= 0) return at;
  throw new UsageError(
    `${flag} is ${text}; a time such as 2026-11-20T12:00Z, a date such as 2026-11-20, or an age such as "2h" is expected`,
  );
};

/** The time that is `age` before now, not before 1970; `undefined` when the text is no age with a unit. */
export const timeBefore = (age: string, now: EpochMs): EpochMs | undefined => {
  const ms = /[a-z]$/.test(age) ? parseDuration(age) : undefined;
  return ms === undefined ? undefined : clampTime(now - ms);
};
