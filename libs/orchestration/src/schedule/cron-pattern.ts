import { HOUR, MINUTE, MONTH, SECOND, CronIssue, numbersOf } from './cron-field.ts';
import { dayOfMonthRule, dayOfWeekRule } from './cron-day.ts';
import type { DayRule } from './cron-day.ts';

/** What a pattern asks of the clock on the wall. It knows nothing of zones. */
export interface CronPattern {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  readonly isDay: DayRule;
  /** Minute and hour are named, and do not begin with "*": a time of the day rather than an interval. */
  readonly isFixed: boolean;
}

const NAMED: Readonly<Record<string, string>> = {
  '@YEARLY': '0 0 1 1 *',
  '@ANNUALLY': '0 0 1 1 *',
  '@MONTHLY': '0 0 1 * *',
  '@WEEKLY': '0 0 * * 0',
  '@DAILY': '0 0 * * *',
  '@MIDNIGHT': '0 0 * * *',
  '@HOURLY': '0 * * * *',
};

/** Reads a pattern of 5 fields, or of 6 with seconds first. Throws `CronIssue`, which names the field. */
export const cronPattern = (text: string): CronPattern => {
  const upper = text.trim().toUpperCase();
  if (upper.startsWith('@') && NAMED[upper] === undefined)
    throw new CronIssue(`"${text}" is no name of a pattern; there are ${namesText}`);
  const given = (NAMED[upper] ?? upper).split(/\s+/);
  const fields = given.length === 5 ? ['0', ...given] : given;
  if (fields.length !== 6 || upper === '')
    throw new CronIssue(`expected 5 fields, or 6 with seconds first; got ${upper === '' ? 0 : given.length}`);
  const [second = '', minute = '', hour = '', day = '', month = '', weekday = ''] = fields;
  return {
    seconds: numbersOf(SECOND, second),
    minutes: numbersOf(MINUTE, minute),
    hours: numbersOf(HOUR, hour),
    months: numbersOf(MONTH, month),
    isDay: dayRule(day === '?' ? '*' : day, weekday === '?' ? '*' : weekday),
    isFixed: ![minute, hour].some((field) => field.startsWith('*')),
  };
};

const namesText = Object.keys(NAMED)
  .map((name) => name.toLowerCase())
  .join(', ');

/** As in cron: where both days are named, either is enough. */
const dayRule = (day: string, weekday: string): DayRule => {
  const [ofMonth, ofWeek] = [dayOfMonthRule(day), dayOfWeekRule(weekday)];
  return day.startsWith('*') || weekday.startsWith('*')
    ? (at, month) => ofMonth(at, month) && ofWeek(at, month)
    : (at, month) => ofMonth(at, month) || ofWeek(at, month);
};
