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

/**
 * A check for a flag whose value is a duration: the text with its unit, such as `90s`, or `0`. Throws INVALID_REQUEST with the flag for
 * a number without a unit, which a reader may take for seconds, and the engine for milliseconds.
 */
export const withUnit =
  (flag: string) =>
  (text: string): string => {
    if (!/^\s*\d+(?:\.\d+)?\s*$/.test(text) || Number(text) === 0) return text;
    const number = text.trim();
    throw new UsageError(
      `${flag} is ${number}, without a unit; ${number}ms, ${number}s, ${number}m or ${number}h is expected`,
    );
  };

/** The milliseconds of a duration with a unit that a flag is given; `undefined` where it is no duration. Throws like `withUnit`. */
export const durationArgument = (flag: string, text: string): number | undefined =>
  parseDuration(withUnit(flag)(text));

/** The milliseconds of a duration that a flag needs. Throws INVALID_REQUEST with the flag for anything else. */
export const requiredDuration = (flag: string, text: string): number => {
  const ms = durationArgument(flag, text);
  if (ms !== undefined) return ms;
  throw new UsageError(`${flag} is ${text}; a duration such as 90d is expected`);
};
