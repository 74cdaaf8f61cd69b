import type { EpochMs } from './duration.ts';

/** The last moment that a `Date` can hold; beyond it `toISOString` throws. */
export const TIME_MAX: EpochMs = 8_640_000_000_000_000;

/** The nearest moment from 1970 on that a `Date` can hold. */
export const clampTime = (at: number): EpochMs => Math.min(TIME_MAX, Math.max(0, at));

/** Midnight (UTC) of a day; `month` and `day` begin at 1. `undefined` for a day that does not exist, such as 30 February. */
export const dayAt = (year: number, month: number, day: number): EpochMs | undefined => {
  const at = Date.UTC(year, month - 1, day);
  const date = new Date(at);
  const exists =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return exists ? at : undefined;
};

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3})\d{0,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$/i;

/**
 * The moment that an ISO 8601 text names: `2026-11-20`, `2026-11-20T12:00`, `2026-11-20 12:00:30.5+02:00`. Without a zone it is UTC.
 * `undefined` for any other text, and for a date or a time that does not exist: it is never shifted to another one.
 */
export const parseTime = (text: string): EpochMs | undefined => {
  const match = ISO.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hours = '0', minutes = '0', seconds = '0', fraction = '', zone = 'Z'] = match;
  const midnight = dayAt(Number(year), Number(month), Number(day));
  const ofDay = timeOfDay(Number(hours), Number(minutes), Number(seconds));
  const offset = offsetOf(zone);
  if (midnight === undefined || ofDay === undefined || offset === undefined) return undefined;
  return midnight + ofDay + Number(fraction.padEnd(3, '0')) - offset;
};

const timeOfDay = (hours: number, minutes: number, seconds: number): number | undefined =>
  hours < 24 && minutes < 60 && seconds < 60
    ? hours * 3_600_000 + minutes * 60_000 + seconds * 1_000
    : undefined;

/** Milliseconds east of Greenwich. */
const offsetOf = (zone: string): number | undefined => {
  if (/^z$/i.test(zone)) return 0;
  const ofDay = timeOfDay(Number(zone.slice(1, 3)), Number(zone.slice(-2)), 0);
  return ofDay === undefined ? undefined : ofDay * (zone.startsWith('-') ? -1 : 1);
};
