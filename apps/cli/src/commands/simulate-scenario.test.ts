import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, policyOf } from '@precedent/config';
import { isAppError, problemOf } from '@precedent/kernel';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import type { Policy } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { scenarioOf } from './simulate-scenario.ts';
import type { ScenarioContext } from './simulate-scenario.ts';

const POLICY: Policy = { ...DEFAULT_POLICY, aging: [1_000, 500, 0, 0] };
const CONTEXT: ScenarioContext = { name: 'test.yaml', policy: POLICY };

const LOAD = 'name: a, band: low, arrivals: { kind: steady, rate: 1 }, run: { kind: fixed, time: 1s }';
const withPolicies = (policies: string): string => `
duration: 1m
workers: [{}]
loads: [{ ${LOAD} }]
policies: ${policies}
`;

const issuesOf = (text: string, context = CONTEXT): string[] => {
  try {
    scenarioOf(text, context);
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect(error.code).toBe('INVALID_REQUEST');
    return problemOf(error).issues?.map(({ field, message }) => `${field}: ${message}`) ?? [error.message];
  }
  return [];
};

describe('a scenario', () => {
  it('has a default for everything that can have one', () => {
    const scenario = scenarioOf(withPolicies('{ default: {} }'), CONTEXT);
    expect(scenario).toMatchObject({
      name: 'test.yaml',
      durationMs: 60_000,
      drainMs: 60_000,
      seed: 1,
      workers: [{ name: 'worker', count: 1, slots: 10, pools: ['default'], labels: {}, resources: {} }],
      faults: { crashesPerHour: 0, failureRate: 0, lostMessages: 0 },
    });
    expect(scenario.loads).toMatchObject([{ task: { type: 'a', band: 'low' }, fromMs: 0, untilMs: 60_000 }]);
    expect(scenario.variants).toEqual([{ name: 'default', aging: POLICY.aging, preemption: POLICY }]);
  });

  it('changes rules of the pool and of a band, and leaves the others as they are', () => {
    const text = withPolicies(
      '{ mine: { slots: 3, aging: { low: 5m }, rules: { frozenMax: 9s, breaker: { open: 2m } }, ' +
        'bands: { high: { preemptAfter: 0, mayPreempt: [low], mode: never } } } }',
    );
    const [mine] = scenarioOf(text, CONTEXT).variants;
    const high = DEFAULT_POLICY.classes[2];
    expect(mine).toMatchObject({ slots: 3, aging: [300_000, 500, 0, 0] });
    expect(mine?.preemption).toMatchObject({ frozenMsMax: 9_000, capPercent: DEFAULT_POLICY.capPercent });
    expect(mine?.preemption?.breaker).toEqual({ ...DEFAULT_POLICY.breaker, openMs: 120_000 });
    expect(mine?.preemption?.classes[2]).toEqual({
      ...high,
      preemptAfterMs: 0,
      mayPreempt: [0],
      mode: 'never',
    });
    expect(mine?.preemption?.classes[1]).toEqual(DEFAULT_POLICY.classes[1]);
  });

  it('has the rules of the cell where it says nothing else', () => {
    const policy = { ...POLICY, capPercent: 33, frozenMsMax: 7 };
    const [mine] = scenarioOf(withPolicies('{ mine: { rules: { frozenMax: 1m } } }'), {
      ...CONTEXT,
      policy,
    }).variants;
    expect(mine?.preemption).toEqual({ ...policy, frozenMsMax: 60_000 });
  });

  it('is compared once with no preemption when --off is given', () => {
    const names = (policies: string): string[] =>
      scenarioOf(withPolicies(policies), { ...CONTEXT, withOff: true }).variants.map(({ name }) => name);
    expect(names('{ default: {} }')).toEqual(['default', 'off']);
    expect(names('{ none: { preemption: off }, default: {} }')).toEqual(['none', 'default']);
  });

  it('takes the seed of the command line before its own', () => {
    expect(scenarioOf(`seed: 4\n${withPolicies('{ a: {} }')}`, { ...CONTEXT, seed: 9 }).seed).toBe(9);
  });
});

describe('a bad scenario', () => {
  it('reports all problems of a scenario at once, with the nearest valid names', () => {
    const text = `
duration: 10m
sead: 3
workers: [{ name: a, count: 0, slotz: 3 }]
loads:
  - { name: x, band: urgent, arrivals: { kind: poisson, rte: 3 }, run: { kind: fixed } }
policies:
  p:
    preemption: off
    rules: { capPercent: 500 }
    bands: { low: { exempts: 3s, mode: softly } , normal: { mayPreempt: [high] } }
`;
    expect(issuesOf(text)).toEqual([
      'workers.0.count: Too small: expected number to be >=1',
      'workers.0.slotz: no such key; did you mean slots?',
      'loads.0.band: expected one of "low"|"normal"|"high"|"critical"',
      'loads.0.arrivals.rate: expected number, received undefined',
      'loads.0.arrivals.rte: no such key; did you mean rate?',
      expect.stringMatching(/^loads.0.run.time: expected milliseconds or a text/),
      'policies.p.rules.capPercent: expected a whole number from 0 to 100, got 500',
      expect.stringMatching(/^policies.p.bands.normal.mayPreempt: expected .* bands below normal: low, got/),
      expect.stringMatching(/^policies.p.bands.low.mode: expected one of never, .* got "softly"$/),
      'policies.p.bands.low.exempts: no such key; did you mean exempt?',
      'sead: no such key; did you mean seed?',
    ]);
  });

  it('reports problems that concern several parts of a scenario', () => {
    const text = `
duration: 10m
workers: [{ name: a, count: 900, slots: 9000 }, { name: a }]
loads:
  - { ${LOAD}, from: 9m, until: 2m }
  - { name: a, band: low, arrivals: { kind: poisson, rate: 10000 }, run: { kind: uniform, min: 3s, max: 1s } }
policies: { p: { bounds: { maxPreemptionsMin: 3, maxPreemptionsMax: 2 } } }
`;
    expect(issuesOf(text)).toEqual([
      'workers.1.name: a is the name of another one too',
      'loads.1.name: a is the name of another one too',
      'workers: 8100010 slots; at most 50000',
      'loads: 6000000 tasks; at most 5000000',
      'loads.0.until: must be after from, 540000 ms; it is 120000 ms',
      'loads.1.run.max: 1000 ms is less than min, 3000 ms',
      'policies.p.bounds.maxPreemptionsMax: expected 3 or more, the least that a task may ask for; got 2',
    ]);
  });

  it.each([
    ['that is no YAML', 'a: [\nb', /^test.yaml:2: /],
    ['with an alias that is not there', 'duration: *a', /nresolved alias|identifier/],
    ['that is a list', '- 1', /^scenario: expected object/],
    ['that is nothing', '', /^scenario: expected object/],
    ['without load', 'duration: 1m\nworkers: [{}]', /^loads: a scenario needs at least one load/],
    ['without workers', `duration: 1m\nloads: [{ ${LOAD} }]`, /^workers: a scenario needs workers/],
    ['that is endless', 'duration: 32d', /^duration: at most 31 days/],
    ['without a policy', withPolicies('{}'), /^policies: 1 to 10 policies; there are 0/],
    ['of a megabyte', '#'.repeat(1024 * 1024 + 1), /1048577 of 1048576 characters/],
  ])('%s is refused', (_, text, expected) => {
    expect(issuesOf(text).join('\n')).toMatch(expected);
  });
});

describe('the page about preemption', () => {
  const page = readFileSync(new URL('../../../../docs/preemption.md', import.meta.url), 'utf8');
  const [, yaml = ''] = /^```yaml\n([^]*?)^```$/m.exec(page) ?? [];

  /** The policy that the example makes of the default one, in a file of the configuration. */
  const configured = (): Policy => {
    const cwd = mkdtempSync(path.join(tmpdir(), 'precedent-policy-'));
    writeFileSync(path.join(cwd, 'precedent.yaml'), yaml);
    const config = loadConfig({ cwd, env: {} });
    rmSync(cwd, { recursive: true });
    return policyOf(config);
  };

  it('shows lines that mean the same in a scenario and in the configuration', () => {
    const { preemption } = parse(yaml) as { preemption: unknown };
    const text = withPolicies(JSON.stringify({ mine: preemption }));
    const [mine] = scenarioOf(text, { ...CONTEXT, policy: DEFAULT_POLICY }).variants;
    expect(mine?.preemption).toEqual(configured());
    expect(mine?.preemption).not.toEqual(DEFAULT_POLICY);
  });
});
