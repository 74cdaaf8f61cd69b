import { canonicalJson } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';
import { acts, takes } from './decision.ts';
import type { DecidedVictim, Decision } from './decision.ts';
import { NOW, poolsOf, afterDecisions } from './builders.arbitraries.ts';
import { scenes } from './preemption.arbitraries.ts';
import type { Scene } from './preemption.arbitraries.ts';
import type { Running, Snapshot, Waiting } from './snapshot.ts';

const RUNS = { numRuns: 500 };

const always = (claim: (scene: Scene, decisions: readonly Decision[]) => void): void => {
  fc.assert(
    fc.property(scenes, (scene) => claim(scene, decide(scene.snapshot, scene.policy))),
    RUNS,
  );
};

const victimsOf = (decisions: readonly Decision[]): DecidedVictim[] =>
  decisions.flatMap(({ victims }) => victims);

const goneOf = (snapshot: Snapshot, decisions: readonly Decision[]): Running[] => {
  const ids = new Set(
    decisions.flatMap(({ victims, reclaimed }) => [...victims, ...reclaimed].map(({ id }) => id)),
  );
  return snapshot.workers.flatMap((view) => view.running.filter(({ id }) => ids.has(id)));
};

describe('the budgets of a round', () => {
  it('leave a band its floor in a pool, or leave the band alone there', () => {
    always(({ snapshot, policy }, decisions) => {
      const gone = goneOf(snapshot, decisions);
      for (const { pool, running, leaving } of snapshot.pools) {
        for (const rank of [0, 1, 2, 3] as const) {
          const taken = gone.filter((task) => task.pool === pool && task.base === rank).length;
          if (taken === 0) continue;
          const size = running[0] + running[1] + running[2] + running[3] + leaving;
          const floor = Math.min(
            policy.classes[rank].minRunning,
            Math.floor((size * policy.floorPercent) / 100),
          );
          expect(running[rank] - taken).toBeGreaterThanOrEqual(floor);
        }
      }
    });
  });

  it('never take more of a tenant than its tokens, nor of a workflow than its maximum', () => {
    always(({ snapshot }, decisions) => {
      const victims = victimsOf(decisions);
      for (const { tenant, tokens = Infinity } of snapshot.tenants) {
        expect(victims.filter((one) => one.tenant === tenant).length).toBeLessThanOrEqual(tokens);
      }
      for (const { workflow, preempted, max = Infinity } of snapshot.workflows) {
        const taken = victims.filter((one) => one.workflow === workflow).length;
        expect(taken === 0 || preempted + taken <= max).toBe(true);
      }
    });
  });

  it('cap the victims of a pool per window; only a single decision that comes first may be larger', () => {
    always(({ snapshot, policy }, decisions) => {
      for (const { pool, running, leaving, victims: before } of snapshot.pools) {
        const cap = Math.max(
          1,
          Math.ceil(
            ((running[0] + running[1] + running[2] + running[3] + leaving) * policy.capPercent) / 100,
          ),
        );
        const perDecision = decisions
          .filter(({ preemptor }) => !policy.classes[preemptor.base].ignoresCap)
          .map((one) => one.victims.filter((victim) => victim.pool === pool).length)
          .filter((count) => count > 0);
        const taken = perDecision.reduce((sum, count) => sum + count, 0);
        if (taken === 0) continue;
        const isFirstAndOnly = before === 0 && perDecision.length === 1;
        expect(before + taken <= cap || isFirstAndOnly).toBe(true);
      }
    });
  });
});

describe('an open breaker', () => {
  it('lets only critical work take anything in its pool', () => {
    always(({ snapshot }, decisions) => {
      const open = snapshot.pools
        .filter(({ breakerOpenUntil = 0 }) => breakerOpenUntil > NOW)
        .map(({ pool }) => pool);
      for (const { pool, preemptor, outcome } of decisions.filter((one) => open.includes(one.pool))) {
        if (preemptor.base === 3) expect(outcome).not.toBe('breaker_open');
        else expect([pool, ['breaker_open', 'wait_natural'].includes(outcome)]).toEqual([pool, true]);
      }
    });
  });
});

const preemptorsOf = (snapshot: Snapshot, decisions: readonly Decision[]): Waiting[] => {
  const ids = decisions.filter(takes).map(({ preemptor }) => preemptor.id);
  return snapshot.waiting.filter(({ id }) => ids.includes(id));
};

describe('no task is preempted', () => {
  it('for a task that waits for a concurrency key, a rate limit or anything else but a slot', () => {
    always(({ snapshot }, decisions) => {
      const blocked = snapshot.waiting.filter(({ blockedBy }) => blockedBy !== undefined).map(({ id }) => id);
      expect(decisions.filter(({ preemptor }) => blocked.includes(preemptor.id))).toEqual([]);
    });
  });

  it('for a task that was a victim and has not run since, that opted out, or whose band may not', () => {
    always(({ snapshot, policy }, decisions) => {
      for (const { preempted, preempts, base } of preemptorsOf(snapshot, decisions)) {
        expect([preempted ?? false, preempts ?? true]).toEqual([false, true]);
        expect(policy.classes[base].mayPreempt).not.toEqual([]);
      }
    });
  });

  it('for a task that holds a reservation', () => {
    always(({ snapshot }, decisions) => {
      const live = snapshot.reservations.filter(({ expiresAt }) => expiresAt > NOW);
      const loser = decisions.flatMap(({ stolen }) => stolen.map(({ task }) => task));
      const holders = live.map(({ task }) => task).filter((task) => !loser.includes(task));
      expect(decisions.filter(({ preemptor }) => holders.includes(preemptor.id))).toEqual([]);
    });
  });

  it('before the preemptor has waited long enough', () => {
    always(({ snapshot, policy }, decisions) => {
      for (const { waitingSince, base, override } of preemptorsOf(snapshot, decisions)) {
        const afterMs = override?.preemptAfterMs ?? policy.classes[base].preemptAfterMs;
        expect(NOW - waitingSince).toBeGreaterThanOrEqual(afterMs);
      }
    });
  });

  it('because the preemptor has waited long: aging orders, and gives no right', () => {
    always(({ snapshot, policy }, decisions) => {
      for (const { preemptor, victims } of decisions) {
        const base = snapshot.waiting.find(({ id }) => id === preemptor.id)?.base ?? 0;
        expect(victims.filter((victim) => !policy.classes[base].mayPreempt.includes(victim.base))).toEqual(
          [],
        );
      }
    });
  });
});

describe('a round', () => {
  it('decides about each task once, and about no task behind a head that stays', () => {
    always(({ snapshot }, decisions) => {
      const ids = decisions.map(({ preemptor }) => preemptor.id);
      expect(new Set(ids).size).toBe(ids.length);
      const queues = decisions.map(
        (one) => snapshot.waiting.find(({ id }) => id === one.preemptor.id)?.queue,
      );
      for (const [index, decision] of decisions.entries()) {
        if (!acts(decision)) expect(queues.slice(index + 1)).not.toContain(queues[index]);
      }
    });
  });

  it('looks at higher bases first, so that nothing that it grants is stolen in it', () => {
    always((_, decisions) => {
      const bases = decisions.map(({ preemptor }) => preemptor.base);
      expect(bases).toEqual(bases.toSorted((a, b) => b - a));
      const granted = decisions.flatMap(({ reservation }) => reservation?.task ?? []);
      const stolen = decisions.flatMap((one, index) => one.stolen.map(({ task }) => [task, index] as const));
      for (const [task, index] of stolen) {
        expect(granted.slice(0, index)).not.toContain(task);
      }
    });
  });

  it('gives the same decisions for the same snapshot, and leaves it as it is', () => {
    always(({ snapshot, policy }, decisions) => {
      const frozen = deepFrozen(structuredClone({ snapshot, policy }));
      expect(canonicalJson(decide(frozen.snapshot, frozen.policy))).toBe(canonicalJson(decisions));
    });
  });

  it('does not depend on the order of any list', () => {
    fc.assert(
      fc.property(scenes, fc.nat(4), ({ snapshot, policy }, by) => {
        const moved = <T>(all: readonly T[]): T[] => [...all.slice(by), ...all.slice(0, by)].reverse();
        const shuffled: Snapshot = {
          ...snapshot,
          waiting: moved(snapshot.waiting.map((task) => ({ ...task, eligible: moved(task.eligible) }))),
          workers: moved(snapshot.workers.map((view) => ({ ...view, running: moved(view.running) }))),
          reservations: moved(snapshot.reservations),
          pools: moved(snapshot.pools),
          tenants: moved(snapshot.tenants),
          workflows: moved(snapshot.workflows),
        };
        expect(canonicalJson(decide(shuffled, policy))).toBe(canonicalJson(decide(snapshot, policy)));
      }),
      RUNS,
    );
  });

  it('takes nothing more for the same tasks when it is repeated before anybody has moved', () => {
    always(({ snapshot, policy }, decisions) => {
      const served = decisions.filter(takes).map(({ preemptor }) => preemptor.id);
      const again = decide(afterDecisions(snapshot, decisions, policy), policy);
      const loser = again.flatMap(({ stolen }) => stolen.map(({ task }) => task));
      const twice = again.map(({ preemptor }) => preemptor.id).filter((id) => served.includes(id));
      expect(twice.filter((id) => !loser.includes(id))).toEqual([]);
    });
  });

  it('leaves a snapshot whose books agree with its workers', () => {
    always(({ snapshot, policy }, decisions) => {
      const end = afterDecisions(snapshot, decisions, policy);
      for (const { pool, running, leaving } of poolsOf(end.workers)) {
        const booked = end.pools.find((one) => one.pool === pool);
        expect([booked?.running, booked?.leaving]).toEqual([running, leaving]);
      }
    });
  });

  it('makes no circle: a preemptor has a higher base than all that it preempts', () => {
    always((_, decisions) => {
      const edges = decisions.flatMap(({ preemptor, victims }) =>
        victims.map((victim): [BandRank, BandRank] => [preemptor.base, victim.base]),
      );
      expect(edges.filter(([above, below]) => above <= below)).toEqual([]);
    });
  });
});

const deepFrozen = <T>(value: T): T => {
  if (typeof value !== 'object' || value === null) return value;
  for (const inner of Object.values(value)) deepFrozen(inner);
  return Object.freeze(value);
};
