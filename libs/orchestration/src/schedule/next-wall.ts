import { calendarMonth } from './cron-day.ts';
import type { CronPattern } from './cron-pattern.ts';

/** A time on the wall of a zone, as milliseconds of the same reading in UTC. */
export type WallMs = number;

const SECOND_MS = 1_000;
const DAY_MS = 86_400_000;

/** Every day of the calendar has come by with every weekday after 40 years, also around 2100. */
const YEARS_MAX = 41;

/** The first time on the wall behind another one that a pattern names; `undefined`: there is none. */
export const nextWall = (pattern: CronPattern, after: WallMs): WallMs | undefined => {
  const from = Math.floor(after / SECOND_MS) * SECOND_MS + SECOND_MS;
  const start = new Date(from);
  const startDay = Math.floor(from / DAY_MS) * DAY_MS;
  const ofDay = timeOfDay(pattern, (from - startDay) / SECOND_MS);
  const [year, month, day] = [start.getUTCFullYear(), start.getUTCMonth() + 1, start.getUTCDate()];
  const isToday = pattern.months.includes(month) && pattern.isDay(day, calendarMonth(year, month));
  if (isToday && ofDay !== undefined) return startDay + ofDay * SECOND_MS;
  const next = nextDay(pattern, { year, month, day });
  const first = timeOfDay(pattern, 0);
  return next === undefined || first === undefined ? undefined : next + first * SECOND_MS;
};

interface WallDay {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** Midnight of the first day behind another one on which the pattern has times. */
const nextDay = (pattern: CronPattern, after: WallDay): WallMs | undefined => {
  let { year, month, day } = after;
  const lastYear = year + YEARS_MAX;
  while (year <= lastYear) {
    const found = pattern.months.includes(month) ? dayIn(pattern, { year, month, day }) : undefined;
    if (found !== undefined) return found;
    day = 0;
    month = month === 12 ? 1 : month + 1;
    if (month === 1) year++;
  }
  return undefined;
};

const dayIn = ({ isDay }: CronPattern, { year, month, day }: WallDay): WallMs | undefined => {
  const calendar = calendarMonth(year, month);
  for (let next = day + 1; next <= calendar.days; next++)
    if (isDay(next, calendar)) return Date.UTC(year, month - 1, next);
  return undefined;
};

/** Seconds from midnight to the first time of a day at or behind `from`. */
const timeOfDay = ({ seconds, minutes, hours }: CronPattern, from: number): number | undefined => {
  const [hour, minute, second] = [Math.floor(from / 3_600), Math.floor(from / 60) % 60, from % 60];
  const firstSecond = seconds[0] ?? 0;
  const firstMinute = minutes[0] ?? 0;
  if (hours.includes(hour)) {
    const sameMinute = minutes.includes(minute) ? seconds.find((each) => each >= second) : undefined;
    if (sameMinute !== undefined) return hour * 3_600 + minute * 60 + sameMinute;
    const later = minutes.find((each) => each > minute);
    if (later !== undefined) return hour * 3_600 + later * 60 + firstSecond;
  }
  const next = hours.find((each) => each > hour);
  return next === undefined ? undefined : next * 3_600 + firstMinute * 60 + firstSecond;
};
