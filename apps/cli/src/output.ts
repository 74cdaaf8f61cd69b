import { formatAgo, formatDuration, formatIn } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { escapedJson } from './terminal/visible.ts';

/** `name  value` lines; those without a value are left out. */
export const fieldsText = (
  fields: readonly (readonly [name: string, value: string | undefined])[],
): string => {
  const shown = fields.filter(([, value]) => value !== undefined);
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
};

/** One JSON document, readable. */
export const jsonText = (value: unknown): string => `${escapedJson(JSON.stringify(value, null, 2))}\n`;
export const jsonLine = (value: unknown): string => `${escapedJson(JSON.stringify(value))}\n`;

/** `2026-11-20T02:33:00.000Z (4m 05s ago)`. */
export const timeText = (at: EpochMs | undefined, now: EpochMs): string | undefined =>
  at === undefined
    ? undefined
    : `${new Date(at).toISOString()} (${at <= now ? formatAgo(now - at) : formatIn(at - now)})`;

export const ageText = (at: EpochMs, now: EpochMs): string => formatDuration(Math.max(0, now - at));

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** An age in a column of a table: `3s`, `12m`, `4h`, `2d`. */
export const shortAgeText = (at: EpochMs, now: EpochMs): string => {
  const ms = Math.max(0, now - at);
  const [unit, unitMs] = UNITS.find(([, size]) => ms >= size) ?? ['s', 1_000];
  return `${Math.floor(ms / unitMs)}${unit}`;
};
