import type {
  DefinitionView,
  PreviewScheduleReply,
  ScheduleSpec,
  ScheduleStatus,
  TriggerScheduleReply,
} from '@precedent/contract-types';
import type { Submission } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { world } from './world.ts';
import type { World } from './world.ts';

type View = DefinitionView<ScheduleSpec, ScheduleStatus>;
type Answer = View | { readonly error: { readonly code: string; readonly message: string } };

const MINUTE = 60_000;
const TASK: Submission = { type: 'work', timeouts: { queue: 3_600_000 } };

const put = (w: World, spec: Omit<ScheduleSpec, 'task'>, task: Submission = TASK, name = 'nightly') =>
  w.ask<Answer>((api, reply) =>
    api.definitions.put('schedule', { name, spec: { ...spec, task } }, reply as never),
  );
const show = (w: World, name = 'nightly') =>
  w.ask<View>((api, reply) => api.definitions.get('schedule', { name }, reply as never));
const statusOf = async (w: World): Promise<ScheduleStatus | undefined> => (await show(w)).status;

/** The tasks that were submitted, in order. */
const submitted = (w: World): readonly string[] =>
  w.records().flatMap((record) => (record.kind === 'submitted' ? [record.id] : []));

/** The virtual clock begins anywhere: to the next full minute. */
const toMinute = (w: World): Promise<void> => w.advance(MINUTE - (w.now % MINUTE));

describe('a schedule', () => {
  it('submits a task at each of its ticks, in the journal entry that notes the tick', async () => {
    const w = await world();
    await toMinute(w);
    await put(w, { every: MINUTE, whileRunning: 'allow' });
    await w.advance(3 * MINUTE);
    expect(submitted(w)).toHaveLength(3);
    expect(await statusOf(w)).toMatchObject({ runs: 3, next: w.now + MINUTE });
    const entries = Map.groupBy(w.records(), ({ seq }) => seq);
    for (const records of entries.values())
      if (records.some(({ kind }) => kind === 'submitted'))
        expect(records.some(({ kind }) => kind === 'definition')).toBe(true);
  });

  it('runs each tick once when its engine dies between any two of them', async () => {
    const w = await world();
    await toMinute(w);
    await put(w, { every: MINUTE, whileRunning: 'allow', catchUp: 'all' });
    for (let round = 0; round < 5; round++) {
      await w.advance(2 * MINUTE + 10);
      w.crash(round % 2);
      await w.advance(1.5 * MINUTE);
      await w.restart(`e${round}`);
    }
    await w.advance(MINUTE);
    const ids = submitted(w);
    expect(new Set(ids).size).toBe(ids.length);
    const { position = 0, runs } = (await statusOf(w)) ?? {};
    expect(runs).toBe(ids.length);
    const first = (await show(w)).changedAt;
    expect(ids).toHaveLength(Math.floor(position / MINUTE) - Math.floor(first / MINUTE));
  });

  it('runs the latest of the ticks that it has missed, and none of them where it catches up with none', async () => {
    for (const [catchUp, runs] of [
      ['latest', 1],
      ['none', 0],
    ] as const) {
      const w = await world();
      await put(w, { every: 60 * MINUTE, whileRunning: 'allow', catchUp });
      w.crash();
      const untilTick = 60 * MINUTE - (w.now % (60 * MINUTE));
      await w.advance(untilTick + 130 * MINUTE);
      await w.restart();
      await w.advance(1_000);
      expect(submitted(w)).toHaveLength(runs);
    }
  });

  it.each([
    ['skip', 1, { skipped: 2 }],
    ['queue_one', 1, { skipped: 1 }],
    ['queue_all', 1, {}],
    ['allow', 3, {}],
  ] as const)('does with ticks while a run is open what %s says', async (whileRunning, runs, status) => {
    const w = await world();
    await toMinute(w);
    await put(w, { every: MINUTE, whileRunning });
    await w.advance(3 * MINUTE);
    expect(submitted(w)).toHaveLength(runs);
    expect(await statusOf(w)).toMatchObject({ runs, ...status });
  });

  it('starts the ticks that waited one after another, also after its engine has died', async () => {
    const w = await world();
    await toMinute(w);
    await put(w, { every: MINUTE, whileRunning: 'queue_all', count: 3 });
    await w.advance(3 * MINUTE);
    const [first = ''] = submitted(w);
    w.crash();
    await w.restart();
    await w.cancel(first);
    await w.advance(10);
    const [, second = ''] = submitted(w);
    expect(await w.stateOf(second)).toBe('queued');
    await w.cancel(second);
    await w.advance(10);
    expect(submitted(w)).toHaveLength(3);
  });

  it('cancels the open run for the next one', async () => {
    const w = await world();
    await toMinute(w);
    await put(w, { every: MINUTE, whileRunning: 'cancel_running' });
    await w.advance(2 * MINUTE + 10);
    const [first = '', second = ''] = submitted(w);
    expect(await w.stateOf(first)).toBe('cancelled');
    expect(await w.stateOf(second)).toBe('queued');
  });

  it('passes its ticks while it is paused, and goes on when it is resumed', async () => {
    const w = await world();
    await toMinute(w);
    await put(w, { every: MINUTE, whileRunning: 'allow' });
    await w.ask((api, reply) => api.schedules.pause({ name: 'nightly', reason: 'fair' }, reply));
    await w.advance(5 * MINUTE);
    expect(submitted(w)).toEqual([]);
    expect(await statusOf(w)).toMatchObject({ paused: { reason: 'fair' } });
    await w.ask((api, reply) => api.schedules.resume({ name: 'nightly' }, reply));
    await w.advance(MINUTE);
    expect(submitted(w)).toHaveLength(1);
    await w.ask((api, reply) => api.schedules.pause({ name: 'nightly', until: w.now + 90_000 }, reply));
    await w.advance(2 * MINUTE);
    expect(submitted(w)).toHaveLength(2);
  });

  it('runs now when it is triggered, and shows its next ticks', async () => {
    const w = await world();
    await put(w, { cron: '30 2 8 3 *', zone: 'America/New_York', gap: 'skip' });
    const { id } = await w.ask<TriggerScheduleReply>((api, reply) =>
      api.schedules.trigger({ name: 'nightly' }, reply as never),
    );
    expect(await w.stateOf(id)).toBe('queued');
    const { ticks } = await w.ask<PreviewScheduleReply>((api, reply) =>
      api.schedules.preview({ name: 'nightly', after: Date.UTC(2026, 0, 1), count: 1 }, reply as never),
    );
    expect(ticks).toEqual([
      {
        at: Date.UTC(2026, 2, 8, 7),
        startsAt: Date.UTC(2026, 2, 8, 7),
        nominal: '2026-03-08T02:30:00',
        runs: false,
        clocks: 'gap',
      },
    ]);
  });

  it('is refused with a day that never comes, and with an unknown zone', async () => {
    const w = await world();
    expect(await put(w, { cron: '0 0 30 2 *' })).toMatchObject({
      error: { code: 'INVALID_REQUEST', message: 'spec.cron: no day of any year fits "0 0 30 2 *"' },
    });
    expect(await put(w, { cron: '0 0 * * *', zone: 'Mars/Olympus' })).toMatchObject({
      error: {
        message: 'spec.zone: no zone is called "Mars/Olympus"; expected a name such as "Europe/Berlin"',
      },
    });
  });

  it('computes its next tick again when the data of its zone are others', async () => {
    const w = await world();
    await put(w, { cron: '0 12 * * *', zone: 'Europe/Berlin' });
    const before = (await statusOf(w))?.next ?? 0;
    w.crash();
    const { zones } = w;
    const hour = 60 * MINUTE;
    const moved = { offsetAt: () => 5 * hour, transitionIn: () => undefined };
    w.zones = { version: '2099z', zone: (name) => (name === 'Europe/Berlin' ? moved : zones.zone(name)) };
    await w.restart();
    await w.advance(10);
    const status = await statusOf(w);
    expect(status).toMatchObject({ zones: '2099z' });
    expect(status?.next).not.toBe(before);
    expect(new Date(status?.next ?? 0).getUTCHours()).toBe(7);
  });
});
