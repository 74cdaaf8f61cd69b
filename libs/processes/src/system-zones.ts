import type { EpochMs } from '@precedent/kernel';
import type { ClockChange, Zone } from '@precedent/orchestration';
import type { Zones } from '@precedent/ports';

const DAY_MS = 86_400_000;
/** No two transitions of a zone are closer. */
const PROBE_MS = 4 * DAY_MS;

/** The zones of this Node, from its own copy of the IANA data. */
export const systemZones = (): Zones => {
  const zones = new Map<string, Zone>();
  return {
    version: process.versions['tz'] ?? 'unknown',
    zone: (name) => {
      const known = zones.get(name) ?? openZone(name);
      if (known) zones.set(name, known);
      return known;
    },
  };
};

const openZone = (timeZone: string): Zone | undefined => {
  try {
    return zoneOf(offsetReader(timeZone));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

type ReadOffset = (at: EpochMs) => number;

const offsetReader = (timeZone: string): ReadOffset => {
  const two = '2-digit';
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
  return (at) => {
    const second = Math.floor(at / 1_000) * 1_000;
    const parts = Object.fromEntries(
      format.formatToParts(second).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, seconds) - second;
  };
};

/** The transitions of a year are looked for when it is needed, and remembered: a formatter takes microseconds for each offset. */
const zoneOf = (read: ReadOffset): Zone => {
  const years = new Map<number, readonly ClockChange[]>();
  const starts = new Map<number, number>();
  const ofYear = (year: number): readonly ClockChange[] => {
    const known = years.get(year) ?? transitionsOf(read, year);
    years.set(year, known);
    return known;
  };
  const startOf = (year: number): number => {
    const known = starts.get(year) ?? read(Date.UTC(year, 0, 1));
    starts.set(year, known);
    return known;
  };
  return {
    offsetAt: (at) => {
      const year = new Date(at).getUTCFullYear();
      return ofYear(year).findLast((each) => each.at <= at)?.after ?? startOf(year);
    },
    transitionIn: (after, until) => {
      const last = new Date(until).getUTCFullYear();
      for (let year = new Date(after).getUTCFullYear(); year <= last; year++) {
        const found = ofYear(year).find(({ at }) => at > after);
        if (found) return found.at <= until ? found : undefined;
      }
      return undefined;
    },
  };
};

const transitionsOf = (read: ReadOffset, year: number): readonly ClockChange[] => {
  const found: ClockChange[] = [];
  const end = Date.UTC(year + 1, 0, 1);
  let from = Date.UTC(year, 0, 1);
  let before = read(from);
  while (from < end) {
    const to = Math.min(end, from + PROBE_MS);
    const after = read(to);
    if (after !== before) found.push({ at: firstWith(read, after, [from, to]), before, after });
    [from, before] = [to, after];
  }
  return found;
};

/** The first second at which the offset is another one. */
const firstWith = (read: ReadOffset, offset: number, [from, to]: readonly [EpochMs, EpochMs]): EpochMs => {
  let [low, high] = [from / 1_000, to / 1_000];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (read(middle * 1_000) === offset) high = middle;
    else low = middle;
  }
  return high * 1_000;
};
