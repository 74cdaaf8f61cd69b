import { hash53 } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cronPattern } from './cron-pattern.ts';
import { LATE_MS, dueStep } from './due-step.ts';
import { nextWall } from './next-wall.ts';
import { ticksFrom } from './preview.ts';
import { QUEUED_RUNS_MAX, decideRun } from './run-decision.ts';
import { scheduleIssues } from './schedule-issues.ts';
import { jitterOf, nominalOf, tickTaskId } from './tick-name.ts';
import { ticksOf } from './tick-source.ts';
import { UTC, instantsOf } from './zone.ts';
import type { Zone } from './zone.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 2, 7, 12);

/** One transition: from `before` to `after` at `at`. */
const zoneWith = (at: number, before: number, after: number): Zone => ({
  offsetAt: (time) => (time < at ? before : after),
  transitionIn: (from, until) => (from < at && at <= until ? { at, before, after } : undefined),
});

/** New York, on 8 March 2026: the wall goes from 02:00 to 03:00. */
const SPRING = zoneWith(Date.UTC(2026, 2, 8, 7), -5 * HOUR, -4 * HOUR);
/** On 1 November 2026 it goes from 02:00 back to 01:00. */
const AUTUMN = zoneWith(Date.UTC(2026, 10, 1, 6), -4 * HOUR, -5 * HOUR);

const isoTicks = (times: Parameters<typeof ticksOf>[0], zone: Zone, after: number, count = 3): string[] =>
  ticksFrom(ticksOf(times, { zone, since: after }), after, count).map(({ at }) => new Date(at).toISOString());

const issuesOf = (times: Parameters<typeof ticksOf>[0]): string[] =>
  scheduleIssues(times, { zoneOf: (name) => (name === 'Here' ? UTC : undefined), now: NOON }).map(
    ({ field, message }) => `${field}: ${message}`,
  );

describe('the times on a wall', () => {
  it.each([
    ['0 12 L * *', '2026-03-31T12:00'],
    ['0 12 LW * *', '2026-03-31T12:00'],
    ['0 12 15W * *', '2026-03-16T12:00'],
    ['0 12 1W 8 *', '2026-08-03T12:00'],
    ['0 12 * * FRI#2', '2026-03-13T12:00'],
    ['0 12 * * 5L', '2026-03-27T12:00'],
    ['0 12 * * 7', '2026-03-08T12:00'],
    ['0 12 13 * FRI', '2026-03-13T12:00'],
    ['0 12 10 * FRI', '2026-03-10T12:00'],
    ['0 12 */2 * FRI', '2026-03-13T12:00'],
    ['0 0 29 2 *', '2028-02-29T00:00'],
    ['@monthly', '2026-04-01T00:00'],
    ['1-59/29 5 * JAN-DEC/3 *', '2026-04-01T05:01'],
    ['15 30 12 ? * *', '2026-03-07T12:30:15'],
  ])('follow the pattern %s', (pattern, next) => {
    expect(nextWall(cronPattern(pattern), NOON)).toBe(Date.parse(`${next}Z`));
  });

  it('are those that a search second by second finds', () => {
    fc.assert(
      fc.property(
        fc.tuple(
          fc.array(fc.constantFrom('*', '*/7', '3', '10-20', '5,55', '30-59/15'), {
            minLength: 2,
            maxLength: 2,
          }),
          fc.constantFrom('*', '2', '*/5', '0-3', '23'),
          fc.constantFrom('*', '1', '31', 'L', '13', '*/2', '15W'),
          fc.constantFrom('*', 'MON', '1-5', 'FRI#1', '5L'),
          fc.integer({ min: 0, max: 400 * DAY }),
        ),
        ([[second, minute], hour, day, weekday, offset]) => {
          const pattern = cronPattern(`${second} ${minute} ${hour} ${day} * ${weekday}`);
          const from = Math.floor((NOON + offset) / 1_000) * 1_000;
          const found = nextWall(pattern, from) ?? Number.POSITIVE_INFINITY;
          expect(found).toBeGreaterThan(from);
          const searched = Math.min(found, from + 3 * HOUR);
          for (let wall = from + 1_000; wall < searched; wall += 1_000)
            if (isNamed(pattern, wall)) expect.fail(`skipped ${new Date(wall).toISOString()}`);
          if (found !== Number.POSITIVE_INFINITY) expect(isNamed(pattern, found)).toBe(true);
        },
      ),
    );
  });
});

const isNamed = (pattern: ReturnType<typeof cronPattern>, wall: number): boolean => {
  const date = new Date(wall);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth() + 1];
  const days = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const firstWeekday = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  return (
    pattern.seconds.includes(date.getUTCSeconds()) &&
    pattern.minutes.includes(date.getUTCMinutes()) &&
    pattern.hours.includes(date.getUTCHours()) &&
    pattern.months.includes(month) &&
    pattern.isDay(date.getUTCDate(), { year, month, days, firstWeekday })
  );
};

describe('the ticks of a schedule', () => {
  it('come at the end of a gap, or not at all', () => {
    expect(isoTicks({ cron: '30 2 * * *' }, SPRING, NOON, 2)).toEqual([
      '2026-03-08T07:00:00.000Z',
      '2026-03-09T06:30:00.000Z',
    ]);
    expect(isoTicks({ cron: '30 2 * * *', gap: 'skip' }, SPRING, NOON, 1)).toEqual([
      '2026-03-09T06:30:00.000Z',
    ]);
  });

  it('come once at the end of a gap, however many times the clocks skip', () => {
    const times = { cron: '*/10 * * * *', gap: 'next' } as const;
    expect(isoTicks(times, SPRING, Date.UTC(2026, 2, 8, 6, 45))).toEqual([
      '2026-03-08T06:50:00.000Z',
      '2026-03-08T07:00:00.000Z',
      '2026-03-08T07:10:00.000Z',
    ]);
  });

  it.each([
    ['first', ['2026-11-01T05:30:00.000Z', '2026-11-02T06:30:00.000Z']],
    ['last', ['2026-11-01T06:30:00.000Z', '2026-11-02T06:30:00.000Z']],
    ['both', ['2026-11-01T05:30:00.000Z', '2026-11-01T06:30:00.000Z']],
  ] as const)('come %s of the times that the clocks show twice', (overlap, expected) => {
    expect(isoTicks({ cron: '30 1 * * *', overlap }, AUTUMN, Date.UTC(2026, 9, 31, 12), 2)).toEqual(expected);
  });

  it('follow the hours that pass, where minute or hour is an interval', () => {
    expect(isoTicks({ cron: '*/30 * * * *' }, AUTUMN, Date.UTC(2026, 10, 1, 5, 10))).toEqual([
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T06:00:00.000Z',
      '2026-11-01T06:30:00.000Z',
    ]);
  });

  it('leave out days and minutes that are excepted', () => {
    const times = { cron: '0 */12 * * *', except: ['2026-03-08', '2026-03-09T12:00'] };
    expect(isoTicks(times, UTC, NOON)).toEqual([
      '2026-03-09T00:00:00.000Z',
      '2026-03-10T00:00:00.000Z',
      '2026-03-10T12:00:00.000Z',
    ]);
  });

  it('begin and end when the spec says', () => {
    const times = { every: HOUR, from: NOON + HOUR / 2, until: NOON + 2 * HOUR };
    expect(isoTicks(times, UTC, NOON)).toEqual(['2026-03-07T12:30:00.000Z', '2026-03-07T13:30:00.000Z']);
    expect(isoTicks({ after: HOUR }, UTC, NOON)).toEqual(['2026-03-07T13:00:00.000Z']);
    expect(isoTicks({ at: '2026-03-08T02:15' }, SPRING, NOON)).toEqual(['2026-03-08T07:00:00.000Z']);
    expect(isoTicks({ at: '2026-03-08T02:15+02:00' }, SPRING, NOON)).toEqual(['2026-03-08T00:15:00.000Z']);
  });

  it('are those that the walls of all instants say', () => {
    fc.assert(
      fc.property(
        fc.tuple(
          fc.constantFrom(
            '* * * * *',
            '*/20 * * * *',
            '30 2 * * *',
            '15,45 */2 * * *',
            '0 0 * * *',
            '59 1-2 * * *',
            '*/30 * * * * *',
          ),
          fc.constantFrom('next', 'skip'),
          fc.constantFrom('first', 'last', 'both'),
          fc.integer({ min: -14, max: 14 }),
          fc.integer({ min: -180, max: 180 }),
          fc.integer({ min: 0, max: 600 }),
        ),
        ([cron, gap, overlap, offset, shift, minutes]) => {
          const transition = Date.UTC(2026, 5, 1, 3) + minutes * 60_000;
          const [before, after] = [offset * HOUR, offset * HOUR + shift * 60_000];
          const zone = zoneWith(transition, before, after);
          const start = transition - 3 * HOUR;
          const ticks = ticksOf({ cron, gap, overlap }, { zone, since: start });
          const found = ticksFrom(ticks, start, 2_000)
            .map(({ at }) => at)
            .filter((at) => at <= transition + 4 * HOUR);
          const pattern = cronPattern(cron);
          const expected: number[] = [];
          for (let at = start + 30_000; at <= transition + 4 * HOUR; at += 30_000) {
            const wall = at + zone.offsetAt(at);
            const instants = instantsOf(zone, wall);
            const counts =
              instants.length < 2 || overlap === 'both' || at === instants[overlap === 'first' ? 0 : 1];
            const skipped =
              at === transition && gap === 'next' && namesBetween(pattern, at + before, at + after);
            if (skipped || (isNamed(pattern, wall) && counts)) expected.push(at);
          }
          expect(found).toEqual(expected);
        },
      ),
    );
  });
});

const namesBetween = (pattern: ReturnType<typeof cronPattern>, from: number, to: number): boolean => {
  for (let wall = from; wall < to; wall += 30_000) if (isNamed(pattern, wall)) return true;
  return false;
};

describe('a spec', () => {
  it('is refused when it names no time, and says why', () => {
    expect(issuesOf({ cron: '0 0 30 2 *' })).toEqual(['cron: no day of any year fits "0 0 30 2 *"']);
    expect(issuesOf({ cron: '0 25 * * *' })).toEqual(['cron: hour "25": expected 0 to 23']);
    expect(issuesOf({ cron: '0 0 * * FOO' })).toEqual([
      'cron: day of week "FOO": expected 0 to 7, or SUN to SAT',
    ]);
    expect(issuesOf({ cron: '* * * *' })).toEqual([
      'cron: expected 5 fields, or 6 with seconds first; got 4',
    ]);
    expect(issuesOf({ cron: '20-10 * * * *' })).toEqual([
      'cron: minute "20-10": the range 20-10 ends before it begins',
    ]);
    expect(issuesOf({ cron: '0 * * * *', zone: 'Mars' })).toEqual([
      'zone: no zone is called "Mars"; expected a name such as "Europe/Berlin"',
    ]);
    expect(issuesOf({ cron: '0 * * * *', every: 5 })).toEqual([
      'every: expected one of cron, every, at, after; got cron and every',
    ]);
    expect(issuesOf({})).toEqual(['cron: expected one of cron, every, at, after; got none of them']);
    expect(issuesOf({ at: '2026-02-30T10:00' })).toEqual([
      'at: expected an ISO 8601 time; got "2026-02-30T10:00"',
    ]);
    expect(issuesOf({ at: '2026-01-01T10:00' })).toEqual([
      'at: it names no time after 2026-03-07T12:00:00.000Z',
    ]);
    expect(issuesOf({ every: 1_000, gap: 'skip' })).toEqual([
      'gap: only times on the wall of a zone have gaps and overlaps',
    ]);
    expect(issuesOf({ cron: '0 * * * *', except: ['2026-02-30'] })).toHaveLength(1);
  });

  it('is accepted', () => {
    expect(
      issuesOf({
        cron: '0 9 * * MON-FRI',
        zone: 'Here',
        gap: 'skip',
        overlap: 'both',
        except: ['2026-12-25'],
      }),
    ).toEqual([]);
  });
});

describe('the tick that is due', () => {
  const ticks = ticksOf({ every: HOUR }, { zone: UTC, since: 0 });
  const position = NOON;

  it('is none before its time, and none again after the clock was set back', () => {
    expect(dueStep({ ticks, position, now: NOON + HOUR - 1 }).tick).toBeUndefined();
    expect(dueStep({ ticks, position, now: NOON - 10 * HOUR })).toMatchObject({ tick: undefined, position });
  });

  it('is run a little late whatever the policy says', () => {
    const step = dueStep({ ticks, position, now: NOON + HOUR + LATE_MS, catchUp: 'none' });
    expect(step).toMatchObject({ position: NOON + HOUR, isLate: false });
  });

  it('is the latest of those that were missed, unless it is too old', () => {
    const now = NOON + 5.5 * HOUR;
    expect(dueStep({ ticks, position, now })).toMatchObject({ position: NOON + 5 * HOUR, isLate: true });
    expect(dueStep({ ticks, position, now, catchUpWithin: HOUR / 4 }).tick).toBeUndefined();
    expect(dueStep({ ticks, position, now, catchUp: 'none' }).tick).toBeUndefined();
  });

  it('is each of those that were missed within the time, one after another', () => {
    const now = NOON + 5.5 * HOUR;
    const all = { ticks, now, catchUp: 'all', catchUpWithin: 3 * HOUR } as const;
    const first = dueStep({ ...all, position });
    expect(first.position).toBe(NOON + 3 * HOUR);
    expect(dueStep({ ...all, position: first.position }).position).toBe(NOON + 4 * HOUR);
  });
});

describe('a tick', () => {
  it('has the same id again, and its own for its schedule and namespace', () => {
    const sha256 = (text: string): string => hash53(text).toString(16).padStart(40, '0');
    const id = tickTaskId({ namespace: 'default', name: 'nightly.report' }, '2026-03-08T02:30:00', sha256);
    expect(id).toMatch(/^nightly-report-20260308T023000-0{16}$/);
  });

  it('is named by what the wall shows', () => {
    const [first, second] = ticksFrom(
      ticksOf({ cron: '30 1 * * *', overlap: 'both' }, { zone: AUTUMN, since: 0 }),
      Date.UTC(2026, 9, 31, 12),
      2,
    );
    const times = { cron: '30 1 * * *', overlap: 'both' } as const;
    expect([first, second].map((tick) => tick && nominalOf(times, tick))).toEqual([
      '2026-11-01T01:30:00',
      '2026-11-01T01:30:00+',
    ]);
    expect(nominalOf({ every: HOUR }, { at: NOON, wall: NOON })).toBe('2026-03-07T12:00:00Z');
  });

  it('is moved by its jitter at most, always by the same', () => {
    const moved = jitterOf('default/nightly', 60_000);
    expect(moved).toBe(jitterOf('default/nightly', 60_000));
    expect(moved).toBeLessThanOrEqual(60_000);
  });

  it.each([
    ['allow', { open: 5, queued: 0 }, 'start'],
    ['skip', { open: 0, queued: 0 }, 'start'],
    ['skip', { open: 1, queued: 0 }, 'skip'],
    ['queue_one', { open: 1, queued: 1 }, 'replace'],
    ['queue_all', { open: 1, queued: 7 }, 'queue'],
    ['queue_all', { open: 0, queued: 7 }, 'queue'],
    ['queue_all', { open: 1, queued: QUEUED_RUNS_MAX }, 'skip'],
    ['cancel_running', { open: 1, queued: 0 }, 'cancel'],
  ] as const)('under the policy %s with %o: %s', (policy, runs, decision) => {
    expect(decideRun(policy, runs)).toBe(decision);
  });
});
