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
    expect(wrong).toEqual([]);
  });

  it('has the ticks that cronsim has, which follows the cron of Debian', () => {
    const wrong: string[] = [];
    let compared = 0;
    for (const {
      zones: [name = ''],
      transitions,
    } of GOLDEN.groups) {
      const zone = opened(name);
      if (zone === undefined) continue;
      for (const [at, , , shape] of transitions)
        for (const [cron, span, ticks] of GOLDEN.shapes[shape] ?? []) {
          if (ticks === null) continue;
          compared++;
          if (ticksAround(zone, cron, at, span).join() !== ticks.join())
            wrong.push(`${name} ${new Date(at * MINUTE).toISOString()} ${cron}`);
        }
    }
    expect(compared).toBeGreaterThan(1_000);
    expect(wrong).toEqual([]);
  });

  it('differs from cron-parser only within two days of such a change, and only for times in a gap or an overlap', () => {
    const differences = new Set<string>();
    for (const {
      zones: [name = ''],
      transitions,
    } of GOLDEN.groups.slice(0, 12)) {
      const zone = opened(name);
      if (zone === undefined) continue;
      for (const [at, before, after, shape] of transitions.slice(0, 4))
        for (const [cron, span] of GOLDEN.shapes[shape] ?? []) {
          const ours = ticksAround(zone, cron, at, span);
          const theirs = parsedTicks(name, cron, at, span);
          const hours = Math.abs(after - before) + 60;
          const apart = [...ours, ...theirs].filter(
            (tick) => !(ours.includes(tick) && theirs.includes(tick)),
          );
          for (const tick of apart)
            differences.add(Math.abs(tick) <= hours ? 'at the change' : `${name} ${cron} ${at} ${tick}`);
        }
    }
    expect([...differences]).toEqual(['at the change']);
  });
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
