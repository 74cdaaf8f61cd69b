import { ownValue } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { END, FAILURE_NOUNS, RUNS, START, STOP } from './phrases.ts';
import {
  before,
  calendarStart,
  COUNT,
  COUNT_WORDS,
  A_DAY,
  dayStart,
  AN_HOUR,
  monthOf,
  MONTHS,
  monthSpan,
  POINT,
  pointInTime,
  UNIT,
  UNIT_WORDS,
  WEEKDAYS,
} from './when.ts';
import type { TimeSpan } from './when.ts';

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
    const start = dayStart(now) - ((startDay ?? day).toLowerCase() === 'this' ? 0 : A_DAY);
    return { since: start + from * AN_HOUR, until: start + to * AN_HOUR };
  },
};

/** Days and weeks without a preposition: at the end, or at the start of a sentence that goes on with its subject. */
const atEdge = (words: string): string =>
  `(?<!\\b(?:than|with|and|or|for|from|since|before|after|until|to) )(?<=\\b(?:${RUNS}|${FAILURE_NOUNS}) of |(?<!\\bof ))\\b(?:so far |earlier )?${words}${END}|(?<=\\b(?:${RUNS}|${FAILURE_NOUNS}) )${words}${STOP}|${START}(?:so far |earlier )?${words}(?= (?:the|a|an|our|my|we|it|all|some|every|in|on|of|at)\\b)`;

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
