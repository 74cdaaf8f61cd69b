const BYTES: Record<string, number> = {
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1_024,
  mib: 1_024 ** 2,
  gib: 1_024 ** 3,
  tib: 1_024 ** 4,
};

/** Bytes of `1024`, `'64KiB'`, `'1.5GiB'` or `'8MB'`; `undefined` for anything else. */
export const parseBytes = (text: string | number): number | undefined => {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(String(text).trim().toLowerCase());
  const unit = BYTES[match?.[2] || 'b'];
  if (!match || unit === undefined) return undefined;
  return Math.round(Number(match[1]) * unit);
};

type Units = readonly (readonly [size: number, unit: string])[];

const DURATIONS: Units = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
  [1_000, 's'],
];
const SIZES: Units = [
  [1_024 ** 3, 'GiB'],
  [1_024 ** 2, 'MiB'],
  [1_024, 'KiB'],
];

/** Written with the largest unit that fits without a rest, so that it can be pasted back into the file. */
const exactText = (value: number, units: Units, smallest: string): string => {
  const fit = units.find(([size]) => value >= size && value % size === 0);
  return fit ? `${value / fit[0]}${fit[1]}` : `${value}${smallest}`;
};

export const durationText = (ms: number): string => (ms === 0 ? '0' : exactText(ms, DURATIONS, 'ms'));
export const bytesText = (bytes: number): string => exactText(bytes, SIZES, '');
