import { rankOf } from '@precedent/kernel';
import type { Band, BandRank } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { agedRank } from './aging.ts';
import type { AgingMs } from './aging.ts';
import { decideStarts } from './dispatch.ts';
import type { Capacity, LoadedWorker, Pinned, Start } from './dispatch.ts';
import { FairClock } from './fair-clock.ts';
import type { QueueClass } from './queue-class.ts';
import { aQueueClass, put } from './queue-class.arbitraries.ts';

const NOW = 1_000;

interface Task {
  readonly order: number;
  readonly submittedAt: number;
  readonly band: BandRank;
  readonly queueClass: number;
}

/** A made-up moment: few queue classes, few sessions and few bands, so that everything collides. */
interface Scene {
  readonly tasks: readonly Task[];
  /** Free slots by session. */
  readonly free: readonly number[];
  /** By queue class, the sessions that fit it. */
  readonly fits: readonly (readonly number[])[];
  readonly aging: AgingMs;
  readonly limit: number;
}

const QUEUE_CLASSES = 3;
const SESSIONS = 3;
const band = fc.constantFrom<BandRank>(0, 1, 2, 3);
const OFF: AgingMs = [0, 0, 0, 0];
const agingOn = fc.tuple(fc.nat(4), fc.nat(4), fc.constant(0), fc.constant(0));

const sceneOf = (aging: fc.Arbitrary<AgingMs>): fc.Arbitrary<Scene> =>
  fc
    .record({
      tasks: fc.array(fc.record({ band, queueClass: fc.nat(QUEUE_CLASSES - 1), age: fc.nat(5) }), {
        maxLength: 6,
      }),
      free: fc.array(fc.nat(2), { minLength: SESSIONS, maxLength: SESSIONS }),
      fits: fc.array(fc.subarray([0, 1, 2]), { minLength: QUEUE_CLASSES, maxLength: QUEUE_CLASSES }),
      aging,
      limit: fc.oneof(fc.nat(3), fc.constant(100)),
    })
    .map(({ tasks, ...rest }) => ({ ...rest, tasks: tasksOf(tasks) }));

/** `order` is the order of submission, so the older of two has the lower one. */
const tasksOf = (made: readonly { band: BandRank; queueClass: number; age: number }[]): Task[] =>
  made
    .toSorted((a, b) => b.age - a.age)
    .map(({ band: rank, queueClass, age }, order) => ({
      order,
      submittedAt: NOW - age,
      band: rank,
      queueClass,
    }));

const nameOf = (session: number): string => `s${session}`;

const queueClassesOf = ({ tasks }: Scene): QueueClass<Task>[] => {
  const clock = new FairClock();
  const queueClasses = Array.from({ length: QUEUE_CLASSES }, (_, index) =>
    aQueueClass<Task>(String(index), clock),
  );
  for (const task of tasks) {
    const queueClass = queueClasses[task.queueClass];
    if (queueClass) put(queueClass, task, { rank: task.band, clock });
  }
  return queueClasses;
};

const decided = (
  scene: Scene,
  queueClasses = queueClassesOf(scene),
  reverseSessions = false,
): Start<Task>[] => {
  const capacities = scene.free.map((free, session): Capacity => ({ session: nameOf(session), free }));
  const eligible = (queueClass: QueueClass<Task>): Capacity[] => {
    const fitting = (scene.fits[Number(queueClass.key)] ?? []).flatMap(
      (session) => capacities[session] ?? [],
    );
    return reverseSessions ? fitting.toReversed() : fitting;
  };
  return decideStarts<Task>({ queueClasses, eligible, aging: scene.aging, now: NOW, limit: scene.limit });
};

/** The same, where the tasks of some queue classes are frozen on a session each. */
const decidedFrozen = (scene: Scene, frozenAt: readonly (number | undefined)[]): string[] => {
  const isPinned = ({ queueClass }: Task): boolean => frozenAt[queueClass] !== undefined;
  const queueClasses = queueClassesOf({ ...scene, tasks: scene.tasks.filter((task) => !isPinned(task)) });
  const capacities = scene.free.map((free, session): Capacity => ({ session: nameOf(session), free }));
  const pinned = scene.tasks.filter(isPinned).flatMap((task): Pinned<Task>[] => {
    const at = capacities[frozenAt[task.queueClass] ?? 0];
    return at ? [{ task, base: task.band, at, hasRoom: () => true, took: () => undefined }] : [];
  });
  const eligible = (queueClass: QueueClass<Task>): Capacity[] =>
    (scene.fits[Number(queueClass.key)] ?? []).flatMap((session) => capacities[session] ?? []);
  const { aging, limit } = scene;
  const starts = decideStarts<Task>({ queueClasses, eligible, pinned, aging, now: NOW, limit });
  for (const { task, isThaw } of starts) expect(isThaw === true).toBe(isPinned(task));
  return starts.map(({ task, session }) => `${task.order} ${session}`);
};

/** The rule in the plainest way: again and again the best of all tasks that have a free slot to go to. */
const byTheBook = (scene: Scene): Start<Task>[] => {
  const free = [...scene.free];
  const waiting = [...scene.tasks];
  const starts: Start<Task>[] = [];
  const roomFor = (task: Task): number[] =>
    (scene.fits[task.queueClass] ?? []).filter((session) => (free[session] ?? 0) > 0);
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
      fc.property(scenes, fc.subarray([0, 1, 2]), fc.nat(SESSIONS - 1), (scene, queueClasses, session) => {
        const frozenAt = [0, 1, 2].map((queueClass) =>
          queueClasses.includes(queueClass) ? session : undefined,
        );
        const fits = scene.fits.map((fitting, queueClass) =>
          queueClasses.includes(queueClass) ? [session] : fitting,
        );
        const expected = byTheBook({ ...scene, fits });
        expect(decidedFrozen(scene, frozenAt)).toEqual(
          expected.map((start) => `${start.task.order} ${start.session}`),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it('leaves a frozen task frozen while the load of its worker holds it back, or it has no room next to the slot', () => {
    const task: Task = { order: 1, submittedAt: 0, band: 0, queueClass: 0 };
    const took = vi.fn();
    const busy: LoadedWorker = { limits: { recommended: 1, throttled: ['low'] }, busy: 1, highest: 0 };
    const thaws = (hasRoom: boolean, loaded?: LoadedWorker): number =>
      decideStarts<Task>({
        queueClasses: [],
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
          expect(scene.fits[task.queueClass]?.map(nameOf)).toContain(session);
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
          const free = scene.fits[task.queueClass]?.filter(
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
        for (const queueClass of scene.fits.keys()) {
          const ofClass = scene.tasks
            .filter((task) => task.queueClass === queueClass)
            .toSorted(inRunOrder(scene.aging));
          const started = starts.filter((task) => task.queueClass === queueClass);
          expect(started).toEqual(ofClass.slice(0, started.length));
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

  it('does not depend on the order in which queueClasses or sessions are listed', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const starts = decided(scene);
        expect(decided(scene, queueClassesOf(scene).toReversed())).toEqual(starts);
        expect(decided(scene, queueClassesOf(scene), true)).toEqual(starts);
      }),
      RUNS,
    );
  });

  it('takes out of the queueClasses what it starts, and nothing else', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const queueClasses = queueClassesOf(scene);
        const starts = decided(scene, queueClasses).map(({ task }) => task);
        const left = queueClasses.flatMap((queueClass) =>
          queueClass.queues.flatMap((queue) => [...queue.waiting(100)]),
        );
        expect([...left, ...starts].toSorted((a, b) => a.order - b.order)).toEqual(scene.tasks);
        expect(queueClasses.reduce((sum, queueClass) => sum + queueClass.size, 0)).toBe(left.length);
      }),
      RUNS,
    );
  });

  it('can go on where a limit cut it off', () => {
    fc.assert(
      fc.property(scenes, (scene) => {
        const whole = { ...scene, limit: 100 };
        const queueClasses = queueClassesOf(whole);
        const first = decided({ ...whole, limit: scene.limit }, queueClasses);
        const free = scene.free.map(
          (slots, session) => slots - first.filter((start) => start.session === nameOf(session)).length,
        );
        const rest = decided({ ...whole, free }, queueClasses);
        expect([...first, ...rest]).toEqual(decided(whole));
      }),
      RUNS,
    );
  });
});

describe('a queueClass', () => {
  it('keeps a queue for every band and counts them all', () => {
    const clock = new FairClock();
    const queueClass = aQueueClass<Task>('k', clock);
    put<Task>(queueClass, { order: 0, submittedAt: 0, band: 3, queueClass: 0 }, { rank: 3, clock });
    put<Task>(queueClass, { order: 1, submittedAt: 0, band: 0, queueClass: 0 }, { rank: 0, clock });
    expect(queueClass.size).toBe(2);
    expect(queueClass.queueAt(rankOf('critical')).peek()?.order).toBe(0);
    expect(queueClass.queueAt(rankOf('low')).peek()?.order).toBe(1);
    expect(queueClass.queueAt(rankOf('normal')).size).toBe(0);
  });
});

describe('a worker whose machine is busy', () => {
  const starts = (bands: readonly Band[], loaded: LoadedWorker): readonly number[] => {
    const clock = new FairClock();
    const queueClass = aQueueClass<{ order: number; submittedAt: number }>('l', clock);
    for (const [order, of] of bands.entries())
      put(queueClass, { order, submittedAt: 0 }, { rank: rankOf(of), clock });
    const eligible = () => [{ session: 's', free: 3, loaded }];
    const input = { queueClasses: [queueClass], eligible, aging: [0, 0, 0, 0] as const, now: 0, limit: 10 };
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
