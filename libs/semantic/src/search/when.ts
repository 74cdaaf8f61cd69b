import { clampTime, dayAt, ownValue, parseTime } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { END, FAILURE_NOUNS, RUNS, START, STOP } from './phrases.ts';

/** From inclusive, until exclusive. Times without a zone are UTC; a week begins on Monday. */
export interface TimeSpan {
  readonly since?: EpochMs;
  readonly until?: EpochMs;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const UNITS: Readonly<Record<string, number>> = {
  minute: 60_000,
  min: 60_000,
  hour: HOUR,
  h: HOUR,
  day: DAY,
  d: DAY,
  week: 7 * DAY,
  month: 30 * DAY,
  quarter: 91 * DAY,
  year: 365 * DAY,
};
const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
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

const UNIT_WORDS = '(?:minute|min|hour|h|day|d|week|month|quarter|year)';
const COUNT_WORDS = '(?:\\d+|an?|one|two|three|four|five|six|seven|ten|(?:a )?couple of|(?:a )?few)';
const UNIT = `(${UNIT_WORDS})s?`;
const COUNT = `(${COUNT_WORDS})`;
const MONTH_NAME = `(?:${MONTHS.map((month) => `${month}|${month.slice(0, 3)}`).join('|')})`;
/** A point in time or a day; one capturing group. */
const POINT = `(\\d{4}-\\d{2}-\\d{2}(?:[T ]\\d{2}:\\d{2}(?::\\d{2})?(?:Z|[+-]\\d{2}:?\\d{2})?)?|\\d{4}-\\d{2}(?!-?\\d)|today|yesterday|(?:last )?(?:${WEEKDAYS.join('|')})|\\d{1,2}(?:st|nd|rd|th)?(?: of)? ${MONTH_NAME}(?: \\d{4})?|${MONTH_NAME} \\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4})?|${COUNT_WORDS} ${UNIT_WORDS}s? ago|(?:the )?(?:start|beginning) of the (?:week|month|year)|last (?:week|month|year|night))`;

export const dayStart = (at: EpochMs): EpochMs => at - (((at % DAY) + DAY) % DAY);

const countOf = (text: string): number => {
  const word = text
    .toLowerCase()
    .replace(/^a (?=couple|few)/, '')
    .replace(/ of$/, '');
  return ownValue(NUMBERS, word) ?? Number(word);
};

const unitOf = (text: string): number => ownValue(UNITS, text.toLowerCase()) ?? DAY;

/** Clamped, because a count has no limit and a date has one. */
const before = (now: EpochMs, count = '1', unit = 'day'): EpochMs =>
  clampTime(now - countOf(count) * unitOf(unit));

const monthOf = (name: string): number =>
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
  return since === undefined ? undefined : { since, until: since + DAY };
};

/** Two leap years are at most eight years apart. */
const LEAP_YEARS = 8;

/** The latest such day that has begun; `undefined` for a day that no year has. */
const lastOf = (month: number, day: number, now: EpochMs): EpochMs | undefined => {
  const year = new Date(now).getUTCFullYear();
  const years = Array.from({ length: LEAP_YEARS + 1 }, (_, back) => dayAt(year - back, month, day));
  return years.find((at) => at !== undefined && at <= now);
};

const calendarStart = (unit: string, now: EpochMs): EpochMs => {
  const date = new Date(now);
  if (unit === 'year') return Date.UTC(date.getUTCFullYear(), 0, 1);
  if (unit === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
  if (unit === 'week') return dayStart(now) - ((date.getUTCDay() + 6) % 7) * DAY;
  return dayStart(now);
};

const isoSpan = (text: string): TimeSpan | undefined => {
  const month = /^(\d{4})-(\d{2})$/.exec(text);
  if (month) return monthSpan(Number(month[1]), Number(month[2]));
  const since = parseTime(text);
  if (since === undefined) return undefined;
  return { since, until: /^\d{4}-\d{2}-\d{2}$/.test(text) ? since + DAY : since };
};

/** `month` begins at 1. */
const monthSpan = (year: number, month: number): TimeSpan | undefined => {
  const since = dayAt(year, month, 1);
  return since === undefined ? undefined : { since, until: Date.UTC(year, month, 1) };
};

/** The span of a day or a point in time: `yesterday` is a whole day. `undefined` for any other text. */
export const pointInTime = (given: string, now: EpochMs): TimeSpan | undefined => {
  const text = given.trim().toLowerCase();
  const today = dayStart(now);
  if (/^\d{4}-/.test(text)) return isoSpan(given.trim());
  if (text === 'today') return { since: today, until: today + DAY };
  if (text === 'yesterday') return { since: today - DAY, until: today };
  if (text === 'last night') return { since: today - 6 * HOUR, until: today + 8 * HOUR };
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
    return { since: today - back * DAY, until: today - back * DAY + DAY };
  }
  return monthDay(text, now);
};

/** A pattern for time phrases in a query, and their meaning. */
export interface TimePhrase {
  readonly pattern: RegExp;
  readonly read: (match: RegExpExecArray, now: EpochMs) => TimeSpan | undefined;
}

/** Before what has a date of its own: a certificate that is "valid since", "expired on", or a value that "differs from yesterday". */
const NOT_OF_ITSELF =
  '(?<!\\b(?:valid|invalid|expire[sd]?|expiring|issued|due|dated|scheduled|differs?|different|changed|compared|released|deprecated|removed|supported) )';

const between: TimePhrase = {
  pattern: new RegExp(
    `${NOT_OF_ITSELF}\\b(?:between|from) ${POINT} (?:and|to|until|till) ${POINT}${STOP}`,
    'i',
  ),
  read: (match, now) => {
    const [first, last] = [pointInTime(match[1] ?? '', now), pointInTime(match[2] ?? '', now)];
    return first?.since === undefined || last?.until === undefined
      ? undefined
      : { since: first.since, until: last.until };
  },
};

const since: TimePhrase = {
  pattern: new RegExp(
    `${NOT_OF_ITSELF}\\b(?:since|after|starting|from) ${POINT}(?: on(?:wards)?)?${END}|${NOT_OF_ITSELF}\\bsince ${POINT}(?![\\w'’-])`,
    'i',
  ),
  read: (match, now) => {
    const span = pointInTime(match[1] ?? match[2] ?? '', now);
    return span?.since === undefined ? undefined : { since: span.since };
  },
};

const until: TimePhrase = {
  pattern: new RegExp(`${NOT_OF_ITSELF}\\b(?:before|until|till|up to) ${POINT}${END}`, 'i'),
  read: (match, now) => {
    const span = pointInTime(match[1] ?? '', now);
    return span?.since === undefined ? undefined : { until: span.since };
  },
};

/** Files and messages have an age too: of what else is named in the plural, an age is no filter. */
const OF_RUNS = `(?<=^|${START}|\\b(?:${RUNS}|${FAILURE_NOUNS}) |\\b[\\w.-]*[^s\\W] )`;

const age: TimePhrase = {
  pattern: new RegExp(
    `${OF_RUNS}(older|newer|younger|more recent) than (?:(${COUNT_WORDS}) (${UNIT_WORDS})s?(?: old)?|${POINT})${END}`,
    'i',
  ),
  read: ([, order = '', count, unit, point], now) => {
    const at = count === undefined ? pointInTime(point ?? '', now)?.since : before(now, count, unit);
    if (at === undefined) return undefined;
    return order.toLowerCase() === 'older' ? { until: at } : { since: at };
  },
};

const lastUnits: TimePhrase = {
  pattern: new RegExp(
    `\\b(?:(?:in|over|within|during|from|for|of) )?(?:the )?(?:last|past|previous) ${COUNT} ${UNIT}${STOP}`,
    'i',
  ),
  read: (match, now) => ({ since: before(now, match[1], match[2]) }),
};

const lastUnit: TimePhrase = {
  pattern: new RegExp(
    `\\b(?:(?:in|over|within|during) )(?:the )?(?:last|past) (minute|hour|day|week|month|quarter|year)${STOP}|\\bpast (hour|day|week|month|year)${END}`,
    'i',
  ),
  read: (match, now) => ({ since: before(now, '1', match[1] ?? match[2]) }),
};

const HALVES: Readonly<Record<string, readonly [from: number, to: number]>> = {
  morning: [0, 12],
  afternoon: [12, 18],
  evening: [17, 24],
  night: [18, 32],
};

/** A part of today or yesterday. A night ends at eight in the morning. */
const partOfDay: TimePhrase = {
  pattern: new RegExp(
    `\\b(?:earlier )?(this|yesterday|last) (morning|afternoon|evening|night)${END}|${START}(this|yesterday) (morning|afternoon|evening)${STOP}`,
    'i',
  ),
  read: ([, day = '', part = '', startDay, startPart], now) => {
    const [from, to] = ownValue(HALVES, (startPart ?? part).toLowerCase()) ?? [0, 24];
    const start = dayStart(now) - ((startDay ?? day).toLowerCase() === 'this' ? 0 : DAY);
    return { since: start + from * HOUR, until: start + to * HOUR };
  },
};

/** Days and weeks without a preposition: at the end, or at the start of a sentence that goes on with its subject. */
const atEdge = (words: string): string =>
  `(?<!\\b(?:than|with|and|or|for|from|since|before|after|until|to) )(?<=\\b(?:${RUNS}|${FAILURE_NOUNS}) of |(?<!\\bof ))\\b(?:so far |earlier )?${words}${END}|${START}(?:so far |earlier )?${words}(?= (?:the|a|an|our|my|we|it|all|some|every|in|on|of|at)\\b)`;

const thisUnit: TimePhrase = {
  pattern: new RegExp(atEdge('(?:this (week|month|year)|(today))'), 'i'),
  read: (match, now) => ({
    since: calendarStart((match.slice(1).find((one) => one !== undefined) ?? 'day').toLowerCase(), now),
  }),
};

const MONTH_AND_YEAR = `(${MONTHS.join('|')})(?: (\\d{4}))?`;

const inMonth: TimePhrase = {
  pattern: new RegExp(`\\b(?:in|during) ${MONTH_AND_YEAR}${STOP}|${START}${MONTH_AND_YEAR}${END}`, 'i'),
  read: ([, name, year, bare, bareYear], now) => {
    const month = monthOf(name ?? bare ?? '') + 1;
    const given = year ?? bareYear;
    if (given !== undefined) return monthSpan(Number(given), month);
    const thisYear = new Date(now).getUTCFullYear();
    return monthSpan(Date.UTC(thisYear, month - 1, 1) > now ? thisYear - 1 : thisYear, month);
  },
};

/** "Yesterday's failures", but not "yesterday's report": only runs and failures are dated by it. */
const possessive: TimePhrase = {
  pattern: new RegExp(
    `${START}(?:the )?(today|yesterday|last night|last week|last month|last year|(?:last )?(?:${WEEKDAYS.join('|')}))['’]s (?=(?:failed |cancelled )?(?:${RUNS}|${FAILURE_NOUNS})${STOP})`,
    'i',
  ),
  read: (match, now) => pointInTime(match[1] ?? '', now),
};

const on: TimePhrase = {
  pattern: new RegExp(
    `${NOT_OF_ITSELF}\\b(?:on|at|during|from) ${POINT}${END}|${atEdge('(yesterday|last night|last week|last month|last year)')}`,
    'i',
  ),
  read: (match, now) => pointInTime(match[1] ?? match.findLast((one) => one !== undefined) ?? '', now),
};

/** Tried in this order: longer phrases first. */
export const TIME_PHRASES: readonly TimePhrase[] = [
  between,
  age,
  since,
  until,
  lastUnits,
  lastUnit,
  partOfDay,
  possessive,
  thisUnit,
  inMonth,
  on,
];
