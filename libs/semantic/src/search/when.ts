import { clampTime, dayAt, ownValue, parseTime } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';

/** From inclusive, until exclusive. Times without a zone are UTC; a week begins on Monday. */
export interface TimeSpan {
  readonly since?: EpochMs;
  readonly until?: EpochMs;
}

export const AN_HOUR = 3_600_000;
export const A_DAY = 24 * AN_HOUR;
const UNITS: Readonly<Record<string, number>> = {
  minute: 60_000,
  min: 60_000,
  hour: AN_HOUR,
  h: AN_HOUR,
  day: A_DAY,
  d: A_DAY,
  week: 7 * A_DAY,
  month: 30 * A_DAY,
  quarter: 91 * A_DAY,
  year: 365 * A_DAY,
};
export const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
export const MONTHS =
  'january february march april may june july august september october november december'.split(' ');
const NUMBERS: Readonly<Record<string, number>> = {
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  ten: 10,
  couple: 2,
  few: 3,
};

export const UNIT_WORDS = '(?:minute|min|hour|h|day|d|week|month|quarter|year)';
export const COUNT_WORDS = '(?:\\d+|an?|one|two|three|four|five|six|seven|ten|(?:a )?couple of|(?:a )?few)';
export const UNIT = `(${UNIT_WORDS})s?`;
export const COUNT = `(${COUNT_WORDS})`;
const MONTH_NAME = `(?:${MONTHS.map((month) => `${month}|${month.slice(0, 3)}`).join('|')})`;
/** A point in time or a day; one capturing group. */
export const POINT = `(\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2})?(?:Z|[+-]\\d{2}:?\\d{2})?)?|\\d{4}-\\d{2}(?!-?\\d)|today|yesterday|(?:last )?(?:${WEEKDAYS.join('|')})|\\d{1,2}(?:st|nd|rd|th)?(?: of)? ${MONTH_NAME}(?: \\d{4})?|${MONTH_NAME} \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?|${COUNT_WORDS} ${UNIT_WORDS}s? ago|(?:the )?(?:start|beginning) of the (?:week|month|year)|last (?:week|month|year|night))`;

export const dayStart = (at: EpochMs): EpochMs => at - (((at % A_DAY) + A_DAY) % A_DAY);

const countOf = (text: string): number => {
  const word = text
    .toLowerCase()
    .replace(/^a (?=couple|few)/, '')
    .replace(/ of$/, '');
  return ownValue(NUMBERS, word) ?? Number(word);
};

const unitOf = (text: string): number => ownValue(UNITS, text.toLowerCase()) ?? A_DAY;

/** Clamped, because a count has no limit and a date has one. */
export const before = (now: EpochMs, count = '1', unit = 'day'): EpochMs =>
  clampTime(now - countOf(count) * unitOf(unit));

export const monthOf = (name: string): number =>
  MONTHS.findIndex((month) => month.startsWith(name.toLowerCase().slice(0, 3)));

const monthDay = (text: string, now: EpochMs): TimeSpan | undefined => {
  const match = new RegExp(
    `(?:(\\d{1,2})(?:st|nd|rd|th)?(?: of)? )?(${MONTH_NAME})(?: (\\d{1,2})(?:st|nd|rd|th)?)?(?:,? (\\d{4}))?$`,
    'i',
  ).exec(text);
  if (!match) return undefined;
  const day = Number(match[1] ?? match[3] ?? 1);
  const month = monthOf(match[2] ?? '') + 1;
  const since = match[4] === undefined ? lastOf(month, day, now) : dayAt(Number(match[4]), month, day);
  return since === undefined ? undefined : { since, until: since + A_DAY };
};

/** Two leap years are at most eight years apart. */
const LEAP_YEARS = 8;

/** The latest such day that has begun; `undefined` for a day that no year has. */
const lastOf = (month: number, day: number, now: EpochMs): EpochMs | undefined => {
  const year = new Date(now).getUTCFullYear();
  const years = Array.from({ length: LEAP_YEARS + 1 }, (_, back) => dayAt(year - back, month, day));
  return years.find((at) => at !== undefined && at <= now);
};

export const calendarStart = (unit: string, now: EpochMs): EpochMs => {
  const date = new Date(now);
  if (unit === 'year') return Date.UTC(date.getUTCFullYear(), 0, 1);
  if (unit === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  if (unit === 'week') return dayStart(now) - ((date.getUTCDay() + 6) % 7) * A_DAY;
  return dayStart(now);
};

const isoSpan = (text: string): TimeSpan | undefined => {
  const month = /^(\d{4})-(\d{2})$/.exec(text);
  if (month) return monthSpan(Number(month[1]), Number(month[2]));
  const since = parseTime(text);
  if (since === undefined) return undefined;
  return { since, until: /^\d{4}-\d{2}-\d{2}$/.test(text) ? since + A_DAY : since };
};

/** `month` begins at 1. */
export const monthSpan = (year: number, month: number): TimeSpan | undefined => {
  const since = dayAt(year, month, 1);
  return since === undefined ? undefined : { since, until: Date.UTC(year, month, 1) };
};

/** The span of a day or a point in time: `yesterday` is a whole day. `undefined` for any other text. */
export const pointInTime = (given: string, now: EpochMs): TimeSpan | undefined => {
  const text = given.trim().toLowerCase();
  const today = dayStart(now);
  if (/^\d{4}-/.test(text)) return isoSpan(given.trim());
  if (text === 'today') return { since: today, until: today + A_DAY };
  if (text === 'yesterday') return { since: today - A_DAY, until: today };
  if (text === 'last night') return { since: today - 6 * AN_HOUR, until: today + 8 * AN_HOUR };
  const ago = new RegExp(`^${COUNT} ${UNIT} ago$`, 'i').exec(text);
  if (ago) return { since: before(now, ago[1], ago[2]), until: now };
  const start = /(?:start|beginning) of the (week|month|year)$/.exec(text);
  if (start) return { since: calendarStart(start[1] ?? 'week', now), until: now };
  const last = /^last (week|month|year)$/.exec(text);
  if (last)
    return {
      since: calendarStart(last[1] ?? 'week', calendarStart(last[1] ?? 'week', now) - 1),
      until: calendarStart(last[1] ?? 'week', now),
    };
  const weekday = WEEKDAYS.indexOf(text.replace(/^last /, ''));
  if (weekday >= 0) {
    const back = (new Date(now).getUTCDay() - weekday + 7) % 7 || 7;
    return { since: today - back * A_DAY, until: today - back * A_DAY + A_DAY };
  }
  return monthDay(text, now);
};
