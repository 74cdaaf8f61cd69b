import { rankOf } from '@precedent/kernel';
import type { Band, BandRank } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { agedRank } from './aging.ts';
import type { AgingMs } from './aging.ts';
import { decideStarts } from './dispatch.ts';
import type { Capacity, LoadedWorker, Pinned, Start } from './dispatch.ts';
import { Lane } from './lane.ts';

const NOW = 1_000;

interface Task {
  readonly order: number;
  readonly submittedAt: number;
  readonly band: BandRank;
  readonly lane: number;
}

/** A made-up moment: few lanes, few sessions and few bands, so that everything collides. */
interface Scene {
  readonly tasks: readonly Task[];
  /** Free slots by session. */
  readonly free: readonly number[];
  /** By lane, the sessions that fit it. */
  readonly fits: readonly (readonly number[])[];
  readonly aging: AgingMs;
  readonly limit: number;
}

const LANES = 3;
const SESSIONS = 3;
const band = fc.constantFrom<BandRank>(0, 1, 2, 3);
const OFF: AgingMs = [0, 0, 0, 0];
const agingOn = fc.tuple(fc.nat(4), fc.nat(4), fc.constant(0), fc.constant(0));

const sceneOf = (aging: fc.Arbitrary<AgingMs>): fc.Arbitrary<Scene> =>
  fc
    .record({
      tasks: fc.array(fc.record({ band, lane: fc.nat(LANES - 1), age: fc.nat(5) }), { maxLength: 6 }),
      free: fc.array(fc.nat(2), { minLength: SESSIONS, maxLength: SESSIONS }),
      fits: fc.array(fc.subarray([0, 1, 2]), { minLength: LANES, maxLength: LANES }),
      aging,
      limit: fc.oneof(fc.nat(3), fc.constant(100)),
    })
    .map(({ tasks, ...rest }) => ({ ...rest, tasks: tasksOf(tasks) }));

/** `order` is the order of submission, so the older of two has the lower one. */
const tasksOf = (made: readonly { band: BandRank; lane: number; age: number }[]): Task[] =>
  made
    .toSorted((a, b) => b.age - a.age)
    .map(({ band: rank, lane, age }, order) => ({ order, submittedAt: NOW - age, band: rank, lane }));

const nameOf = (session: number): string => `s${session}`;

const lanesOf = ({ tasks }: Scene): Lane<Task>[] => {
  const lanes = Array.from({ length: LANES }, (_, index) => {
    const placement = { type: `t${index}`, pool: 'default', resources: {} };
    return new Lane<Task>(String(index), placement, () => true);
  });
  for (const task of tasks) lanes[task.lane]?.queueAt(task.band).push(task);
  return lanes;
};

const decided = (scene: Scene, lanes = lanesOf(scene), reverseSessions = false): Start<Task>[] => {
  const capacities = scene.free.map((free, session): Capacity => ({ session: nameOf(session), free }));
  const eligible = (lane: Lane<Task>): Capacity[] => {
    const fitting = (scene.fits[Number(lane.key)] ?? []).flatMap((session) => capacities[session] ?? []);
    return reverseSessions ? fitting.toReversed() : fitting;
  };
  return decideStarts<Task>({ lanes, eligible, aging: scene.aging, now: NOW, limit: scene.limit });
};

/** The same, where the tasks of some lanes are frozen on a session each. */
const decidedFrozen = (scene: Scene, frozenAt: readonly (number | undefined)[]): string[] => {
  const isPinned = ({ lane }: Task): boolean => frozenAt[lane] !== undefined;
  const lanes = lanesOf({ ...scene, tasks: scene.tasks.filter((task) => !isPinned(task)) });
  const capacities = scene.free.map((free, session): Capacity => ({ session: nameOf(session), free }));
  const pinned = scene.tasks.filter(isPinned).flatMap((task): Pinned<Task>[] => {
    const at = capacities[frozenAt[task.lane] ?? 0];
    return at ? [{ task, base: task.band, at, hasRoom: () => true, took: () => undefined }] : [];
  });
  const eligible = (lane: Lane<Task>): Capacity[] =>
    (scene.fits[Number(lane.key)] ?? []).flatMap((session) => capacities[session] ?? []);
  const { aging, limit } = scene;
  const starts = decideStarts<Task>({ lanes, eligible, pinned, aging, now: NOW, limit });
  for (const { task, isThaw } of starts) expect(isThaw === true).toBe(isPinned(task));
  return starts.map(({ task, session }) => `${task.order} ${session}`);
};

/** The rule in the plainest way: again and again the best of all tasks that have a free slot to go to. */
const byTheBook = (scene: Scene): Start<Task>[] => {
  const free = [...scene.free];
  const waiting = [...scene.tasks];
  const starts: Start<Task>[] = [];
  const roomFor = (task: Task): number[] =>
    (scene.fits[task.lane] ?? []).filter((session) => (free[session] ?? 0) > 0);
  while (starts.length < scene.limit) {
    const task = waiting.filter((one) => roomFor(one).length > 0).toSorted(inRunOrder(scene.aging))[0];
    if (task === undefined) return starts;
    const session = roomFor(task).toSorted((a, b) => (free[b] ?? 0) - (free[a] ?? 0) || a - b)[0] ?? 0;
    free[session] = (free[session] ?? 0) - 1;
    waiting.splice(waiting.indexOf(task), 1);
    starts.push({ task, session: nameOf(session) });
  }
  return starts;
};

const inRunOrder =
  (aging: AgingMs) =>
  (a: Task, b: Task): number =>
    rankNow(b, aging) - rankNow(a, aging) || a.order - b.order;

const rankNow = (task: Task, aging: AgingMs): BandRank => agedRank(task.band, NOW - task.submittedAt, aging);

const scenes = sceneOf(fc.oneof(fc.constant(OFF), agingOn));
const RUNS = { numRuns: 500 };

describe('the decision who starts', () => {
  it('is the best task with a free slot, again and again', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        expect(decided(scene)).toEqual(byTheBook(scene));
      }),
      { numRuns: 2_000 },
    );
  });

  it('gives a frozen task its place in the order, on the session that it is frozen on, and no other', () => {
    fc.assert(
      fc.property(scenes, fc.subarray([0, 1, 2]), fc.nat(SESSIONS - 1), (scene, lanes, session) => {
        const frozenAt = [0, 1, 2].map((lane) => (lanes.includes(lane) ? session : undefined));
        const fits = scene.fits.map((fitting, lane) => (lanes.includes(lane) ? [session] : fitting));
        const expected = byTheBook({ ...scene, fits });
        expect(decidedFrozen(scene, frozenAt)).toEqual(
          expected.map((start) => `${start.task.order} ${start.session}`),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves a frozen task frozen while the load of its worker holds it back, or it has no room beside the slot', () => {
    const task: Task = { order: 1, submittedAt: 0, band: 0, lane: 0 };
    const took = vi.fn();
    const busy: LoadedWorker = { limits: { recommended: 1, throttled: ['low'] }, busy: 1, highest: 0 };
    const thaws = (hasRoom: boolean, loaded?: LoadedWorker): number =>
      decideStarts<Task>({
        lanes: [],
        eligible: () => [],
        pinned: [{ task, base: 0, at: { session: 's0', free: 1, loaded }, hasRoom: () => hasRoom, took }],
        aging: OFF,
        now: NOW,
        limit: 10,
      }).length;
    expect([thaws(false), thaws(true, busy), took.mock.calls.length]).toEqual([0, 0, 0]);
    expect([thaws(true), took.mock.calls.length]).toEqual([1, 1]);
  });

  it('never gives a session more than its free slots, nor starts more than the limit', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const starts = decided(scene);
        expect(starts.length).toBeLessThanOrEqual(scene.limit);
        for (const [session, free] of scene.free.entries()) {
          const given = starts.filter((start) => start.session === nameOf(session));
          expect(given.length).toBeLessThanOrEqual(free);
        }
      }),
      RUNS,
    );
  });

  it('gives a task only to a session that fits it', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        for (const { task, session } of decided(scene)) {
          expect(scene.fits[task.lane]?.map(nameOf)).toContain(session);
        }
      }),
      RUNS,
    );
  });

  it('leaves no task waiting while a fitting slot is free, below the limit', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const starts = decided(scene);
        fc.pre(starts.length < scene.limit);
        const taken = (session: number): number =>
          starts.filter((start) => start.session === nameOf(session)).length;
        const left = scene.tasks.filter((task) => !starts.some((start) => start.task === task));
        for (const task of left) {
          const free = scene.fits[task.lane]?.filter(
            (session) => (scene.free[session] ?? 0) > taken(session),
          );
          expect(free).toEqual([]);
        }
      }),
      RUNS,
    );
  });

  it('never starts a lower band, or a later task, before a better one that the same workers fit', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const starts = decided(scene).map(({ task }) => task);
        for (const lane of scene.fits.keys()) {
          const ofLane = scene.tasks.filter((task) => task.lane === lane).toSorted(inRunOrder(scene.aging));
          const started = starts.filter((task) => task.lane === lane);
          expect(started).toEqual(ofLane.slice(0, started.length));
        }
      }),
      RUNS,
    );
  });

  it('keeps to the bands strictly while nothing ages', () => {
    fc.assert(
      fc.property(sceneOf(fc.constant(OFF)), (scene) => {
        const everywhere = { ...scene, fits: scene.fits.map(() => [0, 1, 2]) };
        const bands = decided(everywhere).map(({ task }) => task.band);
        expect(bands).toEqual(bands.toSorted((a, b) => b - a));
      }),
      RUNS,
    );
  });

  it('does not depend on the order in which lanes or sessions are listed', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const starts = decided(scene);
        expect(decided(scene, lanesOf(scene).toReversed())).toEqual(starts);
        expect(decided(scene, lanesOf(scene), true)).toEqual(starts);
      }),
      RUNS,
    );
  });

  it('takes out of the lanes what it starts, and nothing else', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const lanes = lanesOf(scene);
        const starts = decided(scene, lanes).map(({ task }) => task);
        const left = lanes.flatMap((lane) => lane.queues.flatMap((queue) => [...queue.waiting(100)]));
        expect([...left, ...starts].toSorted((a, b) => a.order - b.order)).toEqual(scene.tasks);
        expect(lanes.reduce((sum, lane) => sum + lane.size, 0)).toBe(left.length);
      }),
      RUNS,
    );
  });

  it('can go on where a limit cut it off', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const whole = { ...scene, limit: 100 };
        const lanes = lanesOf(whole);
        const first = decided({ ...whole, limit: scene.limit }, lanes);
        const free = scene.free.map(
          (slots, session) => slots - first.filter((start) => start.session === nameOf(session)).length,
        );
        const rest = decided({ ...whole, free }, lanes);
        expect([...first, ...rest]).toEqual(decided(whole));
      }),
      RUNS,
    );
  });
});

describe('a lane', () => {
  it('keeps a queue for every band and counts them all', () => {
    const lane = new Lane<Task>('k', { type: 't', pool: 'p', resources: {} }, () => true);
    lane.queue('critical').push({ order: 0, submittedAt: 0, band: 3, lane: 0 });
    lane.queue('low').push({ order: 1, submittedAt: 0, band: 0, lane: 0 });
    expect(lane.size).toBe(2);
    expect(lane.queueAt(rankOf('critical')).peek()?.order).toBe(0);
    expect(lane.queueAt(rankOf('low')).peek()?.order).toBe(1);
    expect(lane.queueAt(rankOf('normal')).size).toBe(0);
  });
});

describe('a worker whose machine is busy', () => {
  const starts = (bands: readonly Band[], loaded: LoadedWorker): readonly number[] => {
    const placement = { type: 't', pool: 'p', resources: {} };
    const lane = new Lane<{ order: number; submittedAt: number }>('l', placement, () => true);
    for (const [order, band] of bands.entries()) lane.queue(band).push({ order, submittedAt: 0 });
    const eligible = () => [{ session: 's', free: 3, loaded }];
    const input = { lanes: [lane], eligible, aging: [0, 0, 0, 0] as const, now: 0, limit: 10 };
    return decideStarts(input).map(({ task }) => task.order);
  };
  const critical = { recommended: 1, throttled: ['low', 'normal'] } as const;

  it('fills all its slots with urgent work', () => {
    expect(starts(['high', 'high', 'critical'], { limits: critical, busy: 1, highest: 3 })).toHaveLength(3);
  });

  it('takes one task above everything that runs there, and then no other of that band', () => {
    expect(starts(['normal', 'normal'], { limits: critical, busy: 1, highest: 0 })).toEqual([0]);
    expect(starts(['normal', 'normal'], { limits: critical, busy: 1, highest: 1 })).toEqual([]);
  });

  it('takes one task of any band where nothing runs', () => {
    expect(starts(['low', 'low'], { limits: critical, busy: 0, highest: undefined })).toEqual([0]);
  });

  it('takes no more than it recommends, counting the starts of the round', () => {
    const limits = { recommended: 3, throttled: [] };
    expect(starts(['normal', 'normal', 'normal'], { limits, busy: 1, highest: 1 })).toEqual([0, 1]);
  });
});
