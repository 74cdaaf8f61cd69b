import { cellOptionsOf } from '@precedent/app-engine';
import { loadConfig } from '@precedent/config';
import { sha256 } from '@precedent/ports';
import { DEFAULT_POLICY, decide, replay, takes } from '@precedent/scheduling';
import type { DecisionRecord, Policy } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

/** As the engine program makes it of a configuration. */
const policyFrom = (overrides: Readonly<Record<string, unknown>>): Policy | undefined =>
  cellOptionsOf(loadConfig({ cwd: '/nowhere', env: {}, overrides }), 'e1').preemption;

/** Low work on the only slot, and critical work that wants it. */
const contended = async (preemption: Policy | undefined) => {
  const w = await world({ preemption });
  const worker = await w.worker();
  await w.submit(aTask({ id: 'low', band: 'low' }));
  await w.advance(1_000);
  await w.submit(aTask({ id: 'urgent', band: 'critical' }));
  return { w, worker };
};

/** The decisions of the journal, as a reader of another program gets them. */
const recorded = (w: World): readonly DecisionRecord[] =>
  w
    .records()
    .flatMap((record) =>
      record.kind === 'decided' ? [JSON.parse(JSON.stringify(record.record)) as DecisionRecord] : [],
    );

const reasons = (w: World): string[] =>
  recorded(w).map(({ decision }) => `${decision.outcome} ${decision.victims.map(({ id }) => id).join()}`);

describe('the policy of the configuration', () => {
  it('is the default policy, and none when preemption is off', () => {
    expect(policyFrom({})).toEqual(DEFAULT_POLICY);
    expect(policyFrom({ 'preemption.enabled': false })).toBeUndefined();
  });

  it('is used in the decisions of the engine', async () => {
    const { worker: asUsual } = await contended(policyFrom({}));
    expect(asUsual.stops).toEqual(['low preempted 4000']);
    const { worker: slower } = await contended(policyFrom({ 'preemption.bands.low.grace': '20s' }));
    expect(slower.stops).toEqual(['low preempted 22000']);
    const { w, worker } = await contended(policyFrom({ 'preemption.bands.low.mode': 'never' }));
    expect(worker.stops).toEqual([]);
    expect(reasons(w)).toEqual(['infeasible ']);
  });

  it('has limits: a task that exceeds them is refused with every excess value, but not when preemption is off', async () => {
    const bounds = { 'preemption.bounds.modes': ['immediate'], 'preemption.bounds.exemptMax': '1m' };
    const w = await world({ preemption: policyFrom(bounds) });
    const greedy = aTask({ id: 'greedy', preemption: { mode: 'never', exempt: 60_001 } });
    expect(await w.trySubmit(greedy)).toMatchObject({
      error: {
        code: 'INVALID_TASK',
        issues: [
          { field: 'preemption.mode', message: 'expected immediate; got never' },
          { field: 'preemption.exempt', message: 'expected a whole number, 0 to 60000; got 60001' },
        ],
      },
    });
    const modest = aTask({ id: 'modest', preemption: { mode: 'immediate', exempt: 60_000 } });
    expect(await w.trySubmit(modest)).toMatchObject({ id: 'modest' });
    const off = await world({ preemption: undefined });
    expect(await off.trySubmit(greedy)).toMatchObject({ id: 'greedy' });
  });

  it('is in each record, so that a decision is reproduced under a later policy', async () => {
    const { w, worker } = await contended(policyFrom({ 'preemption.bands.low.mode': 'never' }));
    w.crash();
    await w.restart('e1', { preemption: policyFrom({ 'preemption.rules.capPercent': 50 }) });
    await worker.hello();
    await w.advance(20_000);
    expect(reasons(w)).toEqual(['infeasible ', 'preempted low']);
    const records = recorded(w);
    expect(records.map(({ policy }) => [policy.classes[0].mode, policy.capPercent])).toEqual([
      ['never', 10],
      ['immediate', 50],
    ]);
    expect(records.map((record) => replay(record, sha256))).toEqual([{ same: true }, { same: true }]);
    // The decision depends on the policy of its record: under the default policy the outcome differs.
    expect(records.flatMap(({ snapshot }) => decide(snapshot, DEFAULT_POLICY)).map(takes)).toEqual([
      true,
      true,
    ]);
  });
});
