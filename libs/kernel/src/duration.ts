/** Milliseconds since the Unix epoch. */
export type EpochMs = number;

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `250`, `'250ms'`, `'1.5s'`, `'5m'`, `'2h'` or `'7d'`; `undefined` for anything else. */
export const parseDuration = (text: string | number): number | undefined => {
  if (typeof text === 'number') return Number.isFinite(text) && text >= 0 ? Math.round(text) : undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (!match) return undefined;
  const ms = Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? 'ms'] ?? 1));
  return Number.isFinite(ms) ? ms : undefined;
};

/** A short text for people: `3ms`, `1.2s`, `4m 05s`, `2h 10m`, `3d 4h`. */
export const formatDuration = (ms: number): string => {
  if (ms < 0.005) return '0ms';
  if (ms < 1) return `${ms.toFixed(2)}ms`;
  // The limits are where the rounding below would reach the next unit.
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)}s`;
  if (ms < 60_000) return '1m 00s';
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)}m ${pad(Math.floor((ms % 60_000) / 1_000))}s`;
  if (ms < 86_400_000) return `${Math.floor(ms / 3_600_000)}h ${pad(Math.floor((ms % 3_600_000) / 60_000))}m`;
  return `${Math.floor(ms / 86_400_000)}d ${Math.floor((ms % 86_400_000) / 3_600_000)}h`;
};

/** When something comes: `now`, or `in 1.2s`. */
export const formatIn = (ms: number): string => (ms < 1 ? 'now' : `in ${formatDuration(ms)}`);

/** When something was: `now`, or `1.2s ago`. */
export const formatAgo = (ms: number): string => (ms < 1 ? 'now' : `${formatDuration(ms)} ago`);

const pad = (n: number): string => String(n).padStart(2, '0');
