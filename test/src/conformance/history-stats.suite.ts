import type { Cleared, Clearances, HistoryFilter, HistoryStats } from '@precedent/contract-types';
import { isClearedFor } from '@precedent/access';
import { BANDS, defined, seededRandom } from '@precedent/kernel';
import type { HistoryStore, TaskEntry } from '@precedent/ports';
import { expect, it } from 'vitest';
import type { HistorySetup } from './history-text.suite.ts';

const HOUR = 3_600_000;

const countsBy = (
  tasks: readonly TaskEntry[],
  value: (task: TaskEntry) => string,
): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const task of tasks) counts[value(task)] = (counts[value(task)] ?? 0) + 1;
  return counts;
};

/** The counts of all tasks that a list gives. */
const countedFrom = (store: HistoryStore, filter: Cleared<HistoryFilter>): Partial<HistoryStats> => {
  const tasks = store.list({ ...filter, limit: 10_000 }).entries;
  const started = tasks.filter(({ firstStartedAt }) => firstStartedAt > 0);
  return {
    total: tasks.length,
    byState: countsBy(tasks, ({ state }) => state),
    byBand: countsBy(tasks, ({ row }) => row.class.band),
    byType: countsBy(tasks, ({ row }) => row.class.type),
    byProject: countsBy(tasks, ({ row }) => row.class.project),
    ...(started.length > 0 && { waitMs: expect.objectContaining({ of: started.length }) as never }),
  };
};

/** From none to all labels. */
export const CLEARED: readonly Clearances[] = [
  { clearances: [] },
  { clearances: ['secret'] },
  { clearances: ['secret', 'health'] },
  { clearances: [], projectClearances: [{ project: 'p1', labels: ['health', 'secret'] }] },
  { clearances: ['secret'], projectClearances: [{ project: 'p2', labels: ['*'] }] },
  { clearances: '*' },
];

export const FILTERS: readonly Cleared<HistoryFilter>[] = [
  {},
  { state: ['completed', 'queued'] },
  { band: ['low', 'high'] },
  { type: ['t1'] },
  { namespace: 'other' },
  { project: 'p2', type: ['t0', 't2'] },
  { worker: 'w1' },
  { errorCode: 'COMMAND_FAILED', band: ['low'] },
  { labels: { team: 'a' } },
  { text: 'even' },
  { idPrefix: 'x1' },
  ...CLEARED.map((cleared) => ({ cleared })),
  { cleared: { clearances: ['secret'] }, errorCode: 'COMMAND_FAILED' },
  { cleared: { clearances: [] }, state: ['completed'], text: 'even' },
];

/** Tasks that come, run, end, and are deleted, forgotten and replaced, over some days. Returns the time at which they began. */
export const randomLives = (
  { store, journal, keep, forgetMemory }: ReturnType<HistorySetup>,
  count: number,
): number => {
  const random = seededRandom(3);
  const pick = (max: number): number => Math.floor(random.next() * max);
  const begun = journal.at;
  for (let n = 0; n < count; n++) {
    const id = `x${pick(count)}`;
    const name = n % 2 === 0 ? 'even' : 'odd';
    const labels = pick(3) === 0 ? { team: 'a' } : {};
    const band = BANDS[pick(BANDS.length)] ?? 'normal';
    const security = [undefined, undefined, 'secret', 'health'][n % 4];
    const task = {
      name,
      labels,
      band,
      type: `t${pick(3)}`,
      project: `p${pick(3)}`,
      ...defined({ security }),
    };
    journal.submit(id, { ...task, namespace: pick(5) === 0 ? 'other' : 'default' });
    journal.at += pick(50);
    if (pick(4) > 0) journal.lease(id, `w${pick(3)}`);
    if (pick(9) === 0) keep();
    if (pick(40) === 0) forgetMemory();
    journal.at += pick(100_000);
    if (pick(3) > 0) journal.complete(id);
    else if (pick(2) === 0) journal.fail(id);
    if (pick(10) === 0) journal.add({ kind: 'deleted', id, at: journal.at, namespace: 'default' });
    if (pick(20) === 0) journal.at += HOUR * pick(10);
    if (pick(60) === 0) store.forget(journal.at - 30 * HOUR, 50);
  }
  keep();
  return begun;
};

/** What every `HistoryStore` must count. */
export const describeStats = (setup: HistorySetup): void => {
  it('counts what a list finds, by every filter, after tasks came, ended, were deleted, forgotten and replaced', () => {
    const world = setup();
    randomLives(world, 600);
    for (const filter of FILTERS) {
      const found = world.store.stats(filter);
      expect([filter, found]).toEqual([filter, expect.objectContaining(countedFrom(world.store, filter))]);
      expect(found.scope).toBeUndefined();
    }
  });

  it.each(CLEARED)('lists what somebody with the clearances %j may see', (cleared) => {
    const world = setup();
    randomLives(world, 300);
    const listed = (filter: object): string[] =>
      world.store.list({ ...filter, limit: 10_000 }).entries.map(({ row }) => row.id);
    const mine = world.store
      .list({ limit: 10_000 })
      .entries.filter(({ row }) => isClearedFor(cleared, row.class))
      .map(({ row }) => row.id);
    expect(mine.length).toBeGreaterThan(0);
    expect(listed({ cleared })).toEqual(mine);
    const even = world.store.search('even', { cleared, limit: 10_000 }).entries.map(({ row }) => row.id);
    expect(even.toSorted()).toEqual(listed({ cleared, text: 'even' }).toSorted());
  });

  it('counts what a list finds in a period that begins or ends anywhere', () => {
    const world = setup();
    const begun = randomLives(world, 300);
    const hour = Math.ceil(begun / HOUR) * HOUR;
    for (const since of [begun + 1, begun + 90_001, hour, hour + 5 * HOUR]) {
      for (const until of [since + 777, since + HOUR, since + 26 * HOUR, undefined]) {
        const filter = { since, until, type: ['t0', 't1'] };
        expect(world.store.stats(filter)).toMatchObject(countedFrom(world.store, filter));
      }
    }
  });
};
