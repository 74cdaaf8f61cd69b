import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Amounts } from './amounts.ts';
import {
  DIMENSIONS,
  add,
  after,
  givesByHand,
  goesIn,
  isOfTheirs,
  mayTake,
  modeByHand,
  occupiedSoon,
  preemptorOf,
  promised,
  protectionByHand,
  roomOn,
  subtract,
  taskOf,
  walked,
  workerOf,
} from './by-hand.arbitraries.ts';
import { decide } from './decide.ts';
import { acts, takes } from './decision.ts';
import type { Decision } from './decision.ts';
import { inspect } from './inspect.ts';
import { sumOf } from './builders.arbitraries.ts';
import { scenes } from './preemption.arbitraries.ts';
import type { Scene } from './preemption.arbitraries.ts';
import type { Running, Snapshot } from './snapshot.ts';

/** Snapshots per property. The seed is left to chance: a failure prints it. */
const RUNS = { numRuns: 500 };

const always = (claim: (scene: Scene, decisions: readonly Decision[]) => void): void => {
  fc.assert(
    fc.property(scenes, (scene) => claim(scene, decide(scene.snapshot, scene.policy))),
    RUNS,
  );
};

/** The claim for each decision of a round, with the moment before it. */
const alwaysEach = (claim: (before: Snapshot, decision: Decision, scene: Scene) => void): void =>
  always((scene) => {
    for (const [before, decision] of walked(scene).steps) claim(before, decision, scene);
  });

/** Everything that a decision takes, by what it gives. */
const takenBy = (before: Snapshot, decision: Decision, { policy }: Scene): Amounts[] => {
  if (decision.worker === undefined) return [];
  const view = workerOf(before, decision.worker);
  const ids = [...decision.victims, ...decision.reclaimed].map(({ id }) => id);
  const stolen = decision.stolen.map(({ task }) => before.reservations.find((one) => one.task === task));
  return [
    ...ids.map((id) => givesByHand(taskOf(view, id), decision.preemptor.base, policy)),
    ...stolen.map((one) => one?.amounts ?? sumOf([])),
  ];
};

describe('a victim', () => {
  it('has a lower base than its preemptor, and a lower protection', () => {
    alwaysEach((before, { preemptor, victims, worker }, { policy }) => {
      for (const { id } of victims) {
        const task = taskOf(workerOf(before, worker), id);
        expect(task.base).toBeLessThan(preemptor.base);
        expect(protectionByHand(task, policy)).toBeLessThan(preemptor.base);
      }
    });
  });

  it('passes every rule of the filter, and so does what is recalled or parked', () => {
    alwaysEach((before, decision, scene) => {
      const preemptor = preemptorOf(before, decision);
      for (const { id } of [...decision.victims, ...decision.reclaimed]) {
        const task = taskOf(workerOf(before, decision.worker), id);
        expect(mayTake(preemptor, task, scene)).toBe(true);
      }
    });
  });

  it('runs; what has not started, or only waits, is reclaimed instead', () => {
    alwaysEach((before, { victims, reclaimed, worker }) => {
      const phaseOf = ({ id }: { id: string }): string => taskOf(workerOf(before, worker), id).phase;
      expect(victims.map(phaseOf).filter((phase) => phase !== 'running')).toEqual([]);
      expect(
        reclaimed.map((one) => `${one.kind} ${phaseOf(one)}`).filter((one) => !FREE.includes(one)),
      ).toEqual([]);
    });
  });

  it('goes in the strictest mode that its policy and the preemptor allow', () => {
    alwaysEach((before, { preemptor, victims, worker }, { policy }) => {
      for (const { id, mode } of victims) {
        const task = taskOf(workerOf(before, worker), id);
        expect(mode).toBe(modeByHand(task, preemptor.base, policy));
      }
    });
  });

  it('is never preempted more often than its maximum', () => {
    alwaysEach((before, { victims, worker }, { policy }) => {
      for (const { id } of victims) {
        const task = taskOf(workerOf(before, worker), id);
        const max = task.override?.maxPreemptions ?? policy.classes[task.base].maxPreemptions;
        expect(task.preemptCount + 1).toBeLessThanOrEqual(max);
      }
    });
  });

  it('belongs to one preemptor of a round', () => {
    always((_, decisions) => {
      const taken = decisions.flatMap(({ victims, reclaimed }) =>
        [...victims, ...reclaimed].map(({ id }) => id),
      );
      expect(new Set(taken).size).toBe(taken.length);
    });
  });
});

const FREE = ['recall assigned', 'park parked'];

describe('what is taken for a task', () => {
  it('is enough, all on one worker that fits the task: all or nothing', () => {
    alwaysEach((before, decision, scene) => {
      if (!takes(decision)) return;
      const preemptor = preemptorOf(before, decision);
      expect(preemptor.eligible).toContain(decision.worker);
      const room = roomOn(before, workerOf(before, decision.worker));
      expect(goesIn(preemptor.demand, sumOf([room, ...takenBy(before, decision, scene)]))).toBe(true);
    });
  });

  it('is no more than needed: without any of it the task does not fit', () => {
    alwaysEach((before, decision, scene) => {
      const taken = takenBy(before, decision, scene);
      if (decision.worker === undefined) return;
      const room = roomOn(before, workerOf(before, decision.worker));
      const all = sumOf([room, ...taken]);
      for (const one of taken) expect(goesIn(decision.preemptor.demand, subtract(all, one))).toBe(false);
    });
  });

  it('is reserved for it, until after the last deadline', () => {
    alwaysEach((_, decision) => {
      if (!takes(decision)) return;
      const { reservation, preemptor, worker, victims } = decision;
      expect(reservation).toMatchObject({ task: preemptor.id, worker, kind: 'freed', base: preemptor.base });
      expect(reservation?.amounts).toEqual(preemptor.demand);
      for (const { deadline } of victims) expect(reservation?.expiresAt).toBeGreaterThan(deadline);
    });
  });

  it('is nothing when the decision is to wait', () => {
    always((_, decisions) => {
      for (const decision of decisions.filter((one) => !acts(one))) {
        expect([decision.victims, decision.reclaimed, decision.stolen, decision.worker]).toEqual([
          [],
          [],
          [],
          undefined,
        ]);
        expect(decision.reservation?.kind ?? 'held').toBe('held');
      }
    });
  });

  it('is stolen only from a strictly lower base, and from nobody whose tasks it may not preempt', () => {
    alwaysEach((before, decision, scene) => {
      for (const { task } of decision.stolen) {
        const theirs = before.reservations.find((one) => one.task === task);
        expect(theirs?.base).toBeLessThan(decision.preemptor.base);
        expect(theirs && isOfTheirs(theirs, preemptorOf(before, decision), scene)).toBe(true);
      }
    });
  });

  it('comes from the worker with the best set', () => {
    always(({ snapshot, policy }) => {
      for (const preemptor of snapshot.waiting) {
        const takenOn = (eligible: readonly string[]): Decision[] =>
          decide({ ...snapshot, waiting: [{ ...preemptor, eligible }] }, policy).filter(takes);
        const [chosen] = takenOn(preemptor.eligible);
        if (chosen === undefined) continue;
        const all = preemptor.eligible.flatMap((id) => takenOn([id])).map((one) => setKeys(one, snapshot));
        expect(all.sort(byKeys)[0]).toEqual(setKeys(chosen, snapshot));
      }
    });
  });
});

/** Soft budgets broken, highest protection, cost buckets, victims; then what else is taken, and the worker. */
const setKeys = (decision: Decision, snapshot: Snapshot): (number | string)[] => {
  const { victims, stolen, reclaimed, worker = '' } = decision;
  const view = workerOf(snapshot, worker);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
  return [
    victims.filter(({ id }) => breaksSoftly(taskOf(view, id), snapshot)).length,
    Math.max(-1, ...victims.map(({ protection }) => protection)),
    sum(
      victims.map(({ lostMs, restoreMs, undoMs }) => Math.floor(Math.log2(1 + lostMs + restoreMs + undoMs))),
    ),
    victims.length,
    stolen.length,
    reclaimed.filter(({ kind }) => kind === 'park').length,
    reclaimed.length,
    worker,
  ];
};

const breaksSoftly = ({ tenant, workflow }: Running, { tenants, workflows }: Snapshot): boolean => {
  const owner = tenants.find((one) => one.tenant === tenant);
  if (owner?.tokens !== undefined && owner.tokens <= (owner.softTokens ?? 0)) return true;
  const flow = workflows.find((one) => one.workflow === workflow);
  return flow?.softMax !== undefined && flow.preempted >= flow.softMax;
};

const byKeys = (a: readonly (number | string)[], b: readonly (number | string)[]): number => {
  const at = a.findIndex((key, index) => key !== b[index]);
  return at === -1 ? 0 : (a[at] ?? 0) < (b[at] ?? 0) ? -1 : 1;
};

describe('capacity', () => {
  it('is never promised twice, with all that is on its way out counted as there until it has left', () => {
    always((scene) => {
      const { end } = walked(scene);
      for (const view of end.workers) {
        const free = subtract(view.capacity, occupiedSoon(view));
        const left = subtract(
          free,
          promised(end, view.id, ({ kind }) => kind === 'freed'),
        );
        for (const one of DIMENSIONS) expect(left[one]).toBeGreaterThanOrEqual(0);
      }
    });
  });

  it('that is promised to an equal or higher base is invisible', () => {
    alwaysEach((before, decision, scene) => {
      if (!takes(decision)) return;
      const view = workerOf(before, decision.worker);
      const stolen = decision.stolen.map(({ task }) => task);
      const theirs = promised(before, view.id, ({ task }) => !stolen.includes(task));
      const free = subtract(view.capacity, occupiedSoon(view));
      const takenTasks = { ...decision, stolen: [] };
      const room = subtract(sumOf([free, ...takenBy(before, takenTasks, scene)]), theirs);
      expect(goesIn(decision.preemptor.demand, room)).toBe(true);
    });
  });

  it('that is free now needs no decision', () => {
    alwaysEach((before, decision) => {
      const preemptor = preemptorOf(before, decision);
      for (const id of preemptor.eligible) {
        const view = before.workers.find((one) => one.id === id);
        if (view === undefined) continue;
        const held = view.running.map(({ phase, usage }) =>
          phase === 'suspended' ? { ...usage, slots: 0, cpuMilli: 0 } : usage,
        );
        const free = subtract(view.capacity, sumOf([...held, view.others ?? sumOf([])]));
        const both = goesIn(preemptor.demand, free) && goesIn(preemptor.demand, roomOn(before, view));
        expect(both).toBe(false);
      }
    });
  });
});

describe('the state of a round', () => {
  it('is what the decisions before have made of the snapshot, by hand', () => {
    always((scene) => {
      const { steps } = walked(scene);
      for (const [index, [before, decision]] of steps.entries()) {
        const next = steps[index + 1]?.[0];
        if (next) expect(tasksOf(next)).toEqual(tasksOf(after(before, decision)));
      }
    });
  });
});

/** Who is where and how, and what is promised. */
const tasksOf = ({ workers, reservations }: Snapshot): unknown => [
  workers.map(({ running }) => running.map(({ id, phase, mode }) => [id, phase, mode])),
  reservations,
];

describe('a refusal', () => {
  it('is true: all that may be taken together would not make room on any worker', () => {
    alwaysEach((before, decision, scene) => {
      if (decision.outcome !== 'infeasible' || decision.reason === 'replans') return;
      expect(fitsAnywhere(before, decision, scene)).toBe(false);
    });
  });

  it('for a budget is one: without budgets there would be room', () => {
    alwaysEach((before, decision, scene) => {
      if (decision.reason === 'budget') expect(fitsAnywhere(before, decision, scene)).toBe(true);
    });
  });

  it('says when to look again no sooner than the next moment', () => {
    always(({ snapshot }, decisions) => {
      for (const { wakeAt } of decisions)
        if (wakeAt !== undefined) expect(wakeAt).toBeGreaterThan(snapshot.now);
    });
  });
});

const fitsAnywhere = (before: Snapshot, decision: Decision, scene: Scene): boolean => {
  const preemptor = preemptorOf(before, decision);
  return preemptor.eligible.some((id) => {
    const view = before.workers.find((one) => one.id === id);
    if (view === undefined || !goesIn(preemptor.demand, view.capacity)) return false;
    const free = view.running
      .filter((task) => mayTake(preemptor, task, scene))
      .map((task) => givesByHand(task, preemptor.base, scene.policy));
    const stealable = promised(
      before,
      id,
      (one) => one.base < preemptor.base && isOfTheirs(one, preemptor, scene),
    );
    return goesIn(preemptor.demand, add(roomOn(before, view), sumOf([...free, stealable])));
  });
};

describe('every running task', () => {
  it('has a fate, and the counts of the decision are the sums of the fates', () => {
    alwaysEach((_, decision, { snapshot, policy }) => {
      const alone = inspect(snapshot, policy, decision.preemptor.id);
      if (alone.decision === undefined || alone.decision.candidates.total === 0) return;
      const { total, chosen, notNeeded, rejected } = alone.decision.candidates;
      const running = snapshot.workers.flatMap((view) => view.running);
      expect(alone.candidates.map(({ id }) => id).sort()).toEqual(running.map(({ id }) => id).sort());
      const counted: Record<string, number> = {};
      for (const { fate } of alone.candidates) counted[fate] = (counted[fate] ?? 0) + 1;
      expect(counted).toEqual(
        Object.fromEntries(
          Object.entries({ chosen, not_needed: notNeeded, ...rejected }).filter(([, count]) => count > 0),
        ),
      );
      expect(total).toBe(running.length);
    });
  });

  it('is rejected for a rule exactly when the rule rejects it', () => {
    always((scene) => {
      for (const preemptor of scene.snapshot.waiting) {
        for (const { id, worker, fate } of inspect(scene.snapshot, scene.policy, preemptor.id).candidates) {
          if (!preemptor.eligible.includes(worker)) expect(fate).toBe('placement');
          else {
            const task = taskOf(workerOf(scene.snapshot, worker), id);
            expect(ADMITTED.includes(fate)).toBe(mayTake(preemptor, task, scene));
          }
        }
      }
    });
  });
});

/** Passed the rules about the task itself: what is left is the room that it makes, and the budgets. */
const ADMITTED = ['chosen', 'not_needed', 'placement', 'budget'];
