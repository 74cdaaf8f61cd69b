import type { Band } from '@precedent/kernel';
import { memoryLog, memoryWorkerLink } from '@precedent/memory';
import type { AppendLog, AssignedLease } from '@precedent/ports';
import { recordedLoad, simulate } from '@precedent/simulator';
import type { PolicyReport, RecordedLoad, SimulationReport, SimulationWorld } from '@precedent/simulator';
import { loadConfig, policyOf } from '@precedent/config';
import { sha256 } from '@precedent/ports';
import { replay } from '@precedent/scheduling';
import type { DecisionRecord } from '@precedent/scheduling';
import { readEnvelope } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { simulationWorld } from './simulate-run.ts';
import { scenarioOf } from './simulate-scenario.ts';

const config = loadConfig({ cwd: '/nowhere', env: {} });
const policy = policyOf(config);

/** More low work than slots, and urgent work now and then. */
const LOADED = `
duration: 4m
workers: [{ name: node, count: 2, slots: 4, express: 0 }]
loads:
  - name: batch
    band: low
    arrivals: { kind: burst, size: 24, every: 1m }
    run: { kind: uniform, min: 10s, max: 30s }
    checkpoint: { every: 5s, save: 100ms, restore: 200ms }
  - { name: api, band: normal, arrivals: { kind: poisson, rate: 1 }, run: { kind: exponential, mean: 300ms } }
  - { name: page, band: critical, arrivals: { kind: poisson, rate: 0.3 }, run: { kind: exponential, mean: 500ms } }
policies: { default: {}, off: { preemption: off } }
`;
/** The same, where a worker takes one urgent task above its slots. */
const EXPRESS = LOADED.replace('express: 0', 'express: 1');
const allFaults = (faults: string): string => `${LOADED}\nfaults: ${faults}\n`;

const playedText = (
  text: string,
  more: { seed?: number; world?: SimulationWorld; recorded?: RecordedLoad } = {},
) => {
  const { world = simulationWorld(config), ...context } = more;
  return simulate(scenarioOf(text, { name: 'test', policy, ...context }), world);
};

const reportOf = ({ policies }: SimulationReport, name: string): PolicyReport => {
  const found = policies.find(({ policy }) => policy === name);
  if (found === undefined) throw new Error(`no policy ${name}`);
  return found;
};
const bandOf = (policy: PolicyReport, name: Band) => {
  const found = policy.bands.find(({ band }) => band === name);
  if (found === undefined) throw new Error(`no band ${name}`);
  return found;
};

/** The memory's link, which looks how many leases of a session are on their way or running at most. */
const watched = (): { readonly world: SimulationWorld; readonly most: () => number } => {
  const held = new Map<string, Set<string>>();
  let most = 0;
  const assigned = (session: string, leases: readonly AssignedLease[]): void => {
    const running = held.get(session) ?? new Set();
    held.set(session, running);
    for (const { id } of leases) running.add(id);
    most = Math.max(most, running.size);
  };
  const world = simulationWorld(config);
  return {
    most: () => most,
    world: {
      ...world,
      link: (carry) => {
        const link = memoryWorkerLink(carry);
        return {
          ...link,
          attach: (session, receiver) =>
            link.attach(session, {
              ...receiver,
              assign: (leases) => {
                assigned(session, leases);
                receiver.assign(leases);
              },
            }),
        };
      },
      log: (now, carry) => freeing(memoryLog({ now, carry }), held),
    },
  };
};

/** A lease is over when the journal says so. */
const freeing = (log: AppendLog, held: ReadonlyMap<string, Set<string>>): AppendLog => ({
  maxEntryBytes: log.maxEntryBytes,
  last: () => log.last(),
  read: (after) => log.read(after),
  purge: (upTo) => log.purge(upTo),
  append: (text, expected) => {
    for (const [, id = ''] of text.matchAll(
      /"kind":"(?:settled|preempted|requeued|retrying)","id":"([^"]+)"/g,
    ))
      for (const ids of held.values()) ids.delete(id);
    return log.append(text, expected);
  },
});

/** Every task that arrived is where the engine says it is. */
const expectConserved = ({ policies }: SimulationReport): void => {
  for (const { policy, bands } of policies) {
    for (const { band, tasks, refused, completed, failed, timedOut, cancelled, open } of bands) {
      const sum = refused + completed + failed + timedOut + cancelled + open;
      expect({ policy, band, sum }).toEqual({ policy, band, sum: tasks });
    }
  }
};

describe('a simulated cell', () => {
  it('comes to the same bytes with the same seed, and to others with another', async () => {
    const [one, again, other] = [
      await playedText(LOADED),
      await playedText(LOADED),
      await playedText(LOADED, { seed: 2 }),
    ];
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
  });

  it('loses no task and finishes all of them', async () => {
    const report = await playedText(LOADED);
    expectConserved(report);
    for (const { tasks, settled } of report.policies) expect(settled).toBe(tasks);
  });

  it('also accounts for tasks that are open when it ends', async () => {
    const report = await playedText(`${LOADED}\ndrain: 0\n`);
    expectConserved(report);
    expect(reportOf(report, 'default').settled).toBeLessThan(reportOf(report, 'default').tasks);
  });

  it('gives no worker more than its slots', async () => {
    const { world, most } = watched();
    await playedText(LOADED, { world });
    expect(most()).toBe(4);
  });

  it('gives no worker more than its slots and its express slots', async () => {
    const { world, most } = watched();
    await playedText(EXPRESS, { world });
    expect(most()).toBe(5);
  });

  it('preempts less, and lets critical work wait no longer, where workers have express slots', async () => {
    const [without, express] = [await playedText(LOADED), await playedText(EXPRESS)].map((report) =>
      reportOf(report, 'default'),
    );
    if (without === undefined || express === undefined) throw new Error('no reports');
    expect(express.preemptions).toBeLessThan(without.preemptions / 2);
    expect(bandOf(express, 'critical').waitMs?.p95).toBeLessThanOrEqual(
      bandOf(without, 'critical').waitMs?.p95 ?? 0,
    );
    expect(express.goodputPercent).toBeGreaterThanOrEqual(without.goodputPercent);
  });

  it('lets critical work wait less with preemption than without, at a price that low work pays', async () => {
    const report = await playedText(LOADED);
    const [on, off] = [reportOf(report, 'default'), reportOf(report, 'off')];
    const waits = [on, off].map((policy) => bandOf(policy, 'critical').waitMs?.p95 ?? 0);
    expect(waits[0]).toBeLessThan((waits[1] ?? 0) / 10);
    const slowdowns = [on, off].map((policy) => bandOf(policy, 'low').slowdown?.p50 ?? 0);
    expect(slowdowns[0]).toBeGreaterThan(slowdowns[1] ?? 0);
    expect([on.preemptions > 0, off.preemptions, off.lostPercent]).toEqual([true, 0, 0]);
    expect(bandOf(on, 'low').lostMs).toBeGreaterThan(0);
  });

  it('loses nothing where victims are frozen', async () => {
    const text = LOADED.replace(/checkpoint:.*/, 'suspendable: true').replace(
      /policies:.*/,
      'policies: { default: {}, frozen: { bands: { low: { mode: suspend } } } }',
    );
    const report = await playedText(text);
    expectConserved(report);
    const [aborted, frozen] = [reportOf(report, 'default'), reportOf(report, 'frozen')];
    expect([frozen.preemptions > 0, frozen.lostPercent]).toEqual([true, 0]);
    expect(aborted.lostPercent).toBeGreaterThan(0);
  });

  it('lets the same tasks arrive under every policy', async () => {
    const { policies } = await playedText(LOADED);
    const counts = policies.map(({ bands }) => bands.map(({ band, tasks }) => [band, tasks]));
    expect(counts[0]).toEqual(counts[1]);
  });

  it('has useful, lost and other time make up the time in slots', async () => {
    const { policies } = await playedText(LOADED);
    for (const { goodputPercent, lostPercent } of policies) {
      expect(goodputPercent + lostPercent).toBeLessThanOrEqual(100);
      expect(goodputPercent).toBeGreaterThan(85);
    }
  });

  it.each([
    ['every attempt fails', '{ failureRate: 1 }'],
    ['every message is lost', '{ lostMessages: 1 }'],
    ['workers crash all the time', '{ crashesPerHour: 3600, restart: 2s }'],
    ['all of it happens', '{ crashesPerHour: 3600, failureRate: 1, lostMessages: 1 }'],
    ['some of it happens', '{ crashesPerHour: 60, failureRate: 0.2, lostMessages: 0.1 }'],
  ])('loses no task when %s', async (_, faults) => {
    const { world, most } = watched();
    const report = await playedText(allFaults(faults), { world });
    expectConserved(report);
    expect(most()).toBeLessThanOrEqual(4);
  });

  it('loses work, but no task, with a worker that crashes', async () => {
    const report = await playedText(allFaults('{ crashesPerHour: 60 }'));
    const policy = reportOf(report, 'off');
    expect([policy.settled, policy.crashes > 0]).toEqual([policy.tasks, true]);
    expect(bandOf(policy, 'low').lostMs).toBeGreaterThan(0);
  });

  it('counts what a full band has refused', async () => {
    const world = simulationWorld(config);
    const limits = { ...world.cell.limits, low: { maxWaiting: 5, maxWaitingBytes: 1_000_000 } };
    const report = await playedText(LOADED, { world: { ...world, cell: { ...world.cell, limits } } });
    expectConserved(report);
    expect(bandOf(reportOf(report, 'default'), 'low').refused).toBeGreaterThan(10);
  });

  it('completes nothing when every attempt fails, and has lost all of its work', async () => {
    const report = await playedText(allFaults('{ failureRate: 1 }'));
    const policy = reportOf(report, 'off');
    expect(policy.bands.map(({ completed }) => completed)).toEqual([0, 0, 0]);
    expect([policy.settled, policy.goodputPercent]).toEqual([policy.tasks, 0]);
    expect(policy.lostPercent).toBeGreaterThan(95);
  });

  it('starts nothing when every message is lost', async () => {
    const report = await playedText(allFaults('{ lostMessages: 1 }'));
    expect(bandOf(reportOf(report, 'default'), 'low')).toMatchObject({ waitMs: null, completed: 0 });
  });

  it('stops at the request to stop', async () => {
    const scenario = scenarioOf(LOADED, { name: 'test', policy });
    const onProgress = (fraction: number): Promise<void> =>
      fraction > 0.3 ? Promise.reject(new Error('enough')) : Promise.resolve();
    await expect(simulate(scenario, simulationWorld(config), { onProgress })).rejects.toThrow('enough');
  });
});

describe('what a cell has recorded', () => {
  /** Keeps the whole journal of the first policy. */
  const recording = () => {
    const logs: AppendLog[] = [];
    const world = simulationWorld(config);
    const log: SimulationWorld['log'] = (now, carry) => {
      const made = memoryLog({ now, carry });
      logs.push(made);
      const purge = (): Promise<void> => Promise.resolve();
      const { maxEntryBytes } = made;
      return {
        maxEntryBytes,
        purge,
        last: () => made.last(),
        read: (after) => made.read(after),
        append: (text, expected) => made.append(text, expected),
      };
    };
    const load = (): Promise<RecordedLoad> => {
      if (logs[0] === undefined) throw new Error('nothing was recorded');
      return recordedLoad(logs[0].read(0));
    };
    const decisions = async (): Promise<DecisionRecord[]> => {
      const made: DecisionRecord[] = [];
      for await (const entry of logs[0]?.read(0) ?? [])
        for (const record of readEnvelope(entry).records)
          if (record.kind === 'decided') made.push(record.record as DecisionRecord);
      return made;
    };
    return { world: { ...world, log }, load, decisions };
  };

  it('has decisions that a replay makes again, those about express slots too', async () => {
    const { world, decisions } = recording();
    const report = await playedText(EXPRESS, { world });
    const made = await decisions();
    const outcomes = Map.groupBy(made, ({ decision }) => decision.outcome);
    expect(outcomes.get('express')).toHaveLength(reportOf(report, 'default').decisions['express'] ?? 0);
    expect(made.map((record) => replay(record, sha256)).filter(({ same }) => !same)).toEqual([]);
    expect(outcomes.get('express')?.length).toBeGreaterThan(10);
  });

  it('comes to the same when it is played again', async () => {
    const { world, load } = recording();
    const one = 'policies: { off: { preemption: off } }';
    const calm = LOADED.replace(/checkpoint:.*/, '').replace(/policies:.*/, one);
    const first = await playedText(calm, { world });
    const recorded = await load();
    const again = await playedText(`duration: 1ms\ndrain: 1h\n${one}`, { recorded });
    expect(recorded.tasks).toHaveLength(first.policies[0]?.tasks ?? 0);
    expect(recorded.workers.map(({ name, slots }) => [name, slots])).toEqual([
      ['node-1', 4],
      ['node-2', 4],
    ]);
    const waits = ({ policies }: SimulationReport) => policies[0]?.bands.map(({ waitMs }) => waitMs);
    expect(waits(again)).toEqual(waits(first));
  });

  it('has work without what preemptions cost', async () => {
    const { world, load } = recording();
    const text = LOADED.replace('save: 100ms, restore: 200ms', 'save: 0, restore: 0');
    const planned = await playedText(text, { world });
    const recorded = await load();
    expect(reportOf(planned, 'default').preemptions).toBeGreaterThan(0);
    const works = recorded.tasks.filter(({ task }) => task.band === 'low').map(({ workMs }) => workMs);
    expect(Math.min(...works)).toBeGreaterThanOrEqual(10_000);
    expect(Math.max(...works)).toBeLessThanOrEqual(30_000);
  });
});
