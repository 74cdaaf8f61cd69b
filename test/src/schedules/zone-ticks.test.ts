import { readFileSync } from 'node:fs';
import { CronExpressionParser } from 'cron-parser';
import { ticksOf } from '@precedent/orchestration';
import type { Zone } from '@precedent/orchestration';
import { systemZones } from '@precedent/processes';
import { describe, expect, it } from 'vitest';

/** What zone-ticks.py wrote: minutes since 1970, and around the change of the clocks. `null`: cronsim found no end. */
interface Golden {
  readonly tzdata: string;
  readonly shapes: readonly (readonly [pattern: string, span: number, ticks: readonly number[] | null])[][];
  readonly groups: readonly {
    readonly zones: readonly string[];
    readonly transitions: readonly (readonly [at: number, before: number, after: number, shape: number])[];
  }[];
}

const MINUTE = 60_000;
const GOLDEN = JSON.parse(readFileSync(new URL('golden/zone-ticks.json', import.meta.url), 'utf8')) as Golden;
const zones = systemZones();
/** Of this Node: names that the Python data have in addition are left out. */
const opened = (name: string): Zone | undefined => zones.zone(name);

const ticksAround = (zone: Zone, cron: string, at: number, span: number): readonly number[] => {
  const ticks = ticksOf({ cron }, { zone, since: 0 });
  const found: number[] = [];
  for (let tick = ticks((at - span) * MINUTE); tick; tick = ticks(tick.at)) {
    if (tick.at > (at + span) * MINUTE) break;
    found.push(tick.at / MINUTE - at);
  }
  return found;
};

/** cronsim goes from hour to hour, and misses the beginning of the first hour behind a change that is not by or at whole hours. */
const stepsOverHours = (cron: string, wall: number, by: number): boolean =>
  cron.includes('*/') && cron.split(' ')[1] !== '*' && (wall % 60 !== 0 || by % 60 !== 0);

describe('every change of the clocks of every zone, from 2020 to 2035', () => {
  it('is at the instant, and between the offsets, that Python knows', () => {
    const [from, until] = [Date.UTC(2020, 0, 1), Date.UTC(2036, 0, 1)];
    const wrong: string[] = [];
    for (const { zones: names, transitions } of GOLDEN.groups)
      for (const name of names) {
        const zone = opened(name);
        if (zone === undefined) continue;
        const found: string[] = [];
        for (let next = zone.transitionIn(from, until); next; next = zone.transitionIn(next.at, until))
          found.push([next.at, next.before, next.after].map((ms) => ms / MINUTE).join());
        const expected = transitions.map(([at, before, after]) => [at, before, after].join());
        if (found.join(' ') !== expected.join(' ')) wrong.push(name);
      }
    // Other data may say otherwise of the future: between 2026c and 2026f, Cuba and Manitoba gave up summer time.
    if (zones.version === '2026c') expect(wrong).toEqual([]);
    else expect(wrong.length).toBeLessThan(30);
  });

  it('has the ticks that cronsim has, which follows the cron of Debian', () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const { name, zone, at, before, after, cron, span, ticks } of casesOf(GOLDEN.groups)) {
      if (ticks === null) continue;
      compared++;
      const ours = ticksAround(zone, cron, at, span);
      const isKnown =
        stepsOverHours(cron, at + before, after - before) && ticks.every((tick) => ours.includes(tick));
      if (!isKnown && ours.join() !== ticks.join())
        wrong.push(`${name} ${new Date(at * MINUTE).toISOString()} ${cron}`);
    }
    expect(compared).toBeGreaterThan(1_000);
    if (zones.version === '2026c') expect(wrong).toEqual([]);
    else expect(wrong.length).toBeLessThan(compared / 20);
  });

  it('differs from cron-parser only in the hours of such a change', () => {
    const apart: string[] = [];
    let differences = 0;
    for (const { name, zone, at, before, after, cron, span } of casesOf(GOLDEN.groups.slice(0, 12))) {
      const [ours, theirs] = [ticksAround(zone, cron, at, span), parsedTicks(name, cron, at, span)];
      const hours = Math.abs(after - before) + 60;
      const different = [...new Set([...ours, ...theirs])].filter(
        (tick) => ours.includes(tick) !== theirs.includes(tick),
      );
      differences += different.length;
      apart.push(
        ...different.filter((tick) => Math.abs(tick) > hours).map((tick) => `${name} ${cron} ${at} ${tick}`),
      );
    }
    expect(differences).toBeGreaterThan(0);
    expect(apart).toEqual([]);
  });
});

/** Each pattern at each change of one zone of each group. */
const casesOf = (groups: Golden['groups']) =>
  groups.flatMap(({ zones: [name = ''], transitions }) => {
    const zone = opened(name);
    if (zone === undefined) return [];
    return transitions.flatMap(([at, before, after, shape]) =>
      (GOLDEN.shapes[shape] ?? []).map(([cron, span, ticks]) => ({
        name,
        zone,
        at,
        before,
        after,
        cron,
        span,
        ticks,
      })),
    );
  });

const parsedTicks = (tz: string, cron: string, at: number, span: number): readonly number[] => {
  const parsed = CronExpressionParser.parse(cron, { tz, currentDate: new Date((at - span) * MINUTE) });
  const found: number[] = [];
  for (;;) {
    const tick = parsed.next().getTime() / MINUTE - at;
    if (tick > span) return found;
    found.push(tick);
  }
};
