import { isAppError } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { describeConfig, describeKeys } from './describe.ts';
import { loadConfig } from './load.ts';
import { policyOf, policyOver } from './policy.ts';
import { policyChanges } from './policy-schema.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const load = (yaml = '', env: Readonly<Record<string, string>> = {}) => {
  const cwd = mkdtempSync(path.join(tmpdir(), 'precedent-policy-'));
  folders.push(cwd);
  writeFileSync(path.join(cwd, 'precedent.yaml'), yaml);
  return loadConfig({ cwd, env });
};

const issuesOf = (yaml: string, env?: Readonly<Record<string, string>>): readonly Issue[] => {
  try {
    load(yaml, env);
  } catch (error) {
    if (isAppError(error) && error.code === 'INVALID_CONFIG') return error.extras.issues ?? [];
    throw error;
  }
  return [];
};

const CHANGED = `
preemption:
  rules: { capPercent: 25, frozenMax: 2m, breaker: { open: 90s } }
  bands:
    high: { mayPreempt: [low], preemptAfter: 0 }
    low: { mode: never, exempt: 30s, maxPreemptions: 1 }
  bounds: { modes: [immediate, at_checkpoint], exemptMax: 1m, maxPreemptionsMin: 1 }
`;

describe('the policy of the configuration', () => {
  it('is the default one when nothing is said', () => {
    expect(policyOf(load())).toEqual(DEFAULT_POLICY);
  });

  it('is the default one with what is said otherwise', () => {
    const [low, normal, high, critical] = DEFAULT_POLICY.classes;
    expect(policyOf(load(CHANGED))).toEqual({
      ...DEFAULT_POLICY,
      capPercent: 25,
      frozenMsMax: 120_000,
      breaker: { ...DEFAULT_POLICY.breaker, openMs: 90_000 },
      bounds: {
        ...DEFAULT_POLICY.bounds,
        modes: ['at_checkpoint', 'immediate'],
        exemptMsMax: 60_000,
        maxPreemptionsMin: 1,
      },
      classes: [
        { ...low, mode: 'never', exemptMs: 30_000, maxPreemptions: 1 },
        normal,
        { ...high, mayPreempt: [0], preemptAfterMs: 0 },
        critical,
      ],
    });
  });

  it('has no bounds that nothing fits, and none in words that it does not know', () => {
    const crossed = issuesOf('preemption: { bounds: { maxPreemptionsMin: 3, maxPreemptionsMax: 2 } }');
    expect(crossed).toEqual([
      expect.objectContaining({
        message: expect.stringContaining(
          'expected 3 or more, the least that a task may ask for; got 2',
        ) as unknown,
      }),
    ]);
    expect(issuesOf('preemption: { bounds: { modes: [nevr], graceMax: 1s } }')).toHaveLength(2);
  });

  it('orders those who wait as the bands are aged', () => {
    expect(policyOf(load('bands: { low: { aging: 5m } }')).aging).toEqual([300_000, 600_000, 0, 0]);
  });

  it('is set by variables too, and shown with its origin', () => {
    const config = load(CHANGED, {
      PRECEDENT_PREEMPTION_BANDS_LOW_MODE: 'delay',
      PRECEDENT_PREEMPTION_BANDS_HIGH_MAY_PREEMPT: 'low, normal',
      PRECEDENT_PREEMPTION_RULES_BREAKER_OPEN: '3m',
    });
    const rows = new Map(describeConfig(config).map(({ key, ...row }) => [key, row]));
    expect(rows.get('preemption.rules.frozenMax')).toEqual({ value: '2m', origin: 'precedent.yaml:3' });
    expect(rows.get('preemption.bands.low.exempt')).toEqual({ value: '30s', origin: 'precedent.yaml:6' });
    expect(rows.get('preemption.bands.low.mode')).toEqual({
      value: 'delay',
      origin: 'env PRECEDENT_PREEMPTION_BANDS_LOW_MODE',
    });
    expect(rows.get('preemption.bands.high.mayPreempt')?.value).toBe('low, normal');
    expect(rows.get('preemption.bands.normal.grace')).toEqual({ value: '5s', origin: 'default' });
    expect(policyOf(config).breaker.openMs).toBe(180_000);
  });

  it('has keys for a band only where they have an effect: critical is never a victim, and low never preempts', () => {
    const keys = describeKeys().map(({ key }) => key);
    const rulesOf = (band: string): string[] =>
      keys.flatMap((key) => key.split(`preemption.bands.${band}.`).slice(1));
    const asPreemptor = ['mayPreempt', 'preemptAfter', 'usesExpress'];
    const asVictim = ['mode', 'checkpointDeadline', 'exempt', 'grace', 'maxPreemptions', 'minRunning'];
    expect(rulesOf('critical')).toEqual(asPreemptor);
    expect(rulesOf('high')).toEqual([...asPreemptor, ...asVictim]);
    expect(rulesOf('normal')).toEqual([...asPreemptor, ...asVictim]);
    expect(rulesOf('low')).toEqual(asVictim);
  });

  it('is refused with every problem at once', () => {
    const yaml = `
preemption:
  enabled: true
  rules: { capPercent: 101, frozenMax: soon, breaker: { openn: 3s, open: 0 } }
  bands:
    low: { exempts: 3s, demands: never }
    high: { mayPreempt: [low, critical], mode: softly, grace: 367d }
`;
    const text = issuesOf(yaml, { PRECEDENT_PREEMPTION_BANDS_LOW_MAX_PREEMPTIONS: '-1' });
    expect(text.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'precedent.yaml:4: no key preemption.rules.breaker.openn; did you mean preemption.rules.breaker.open?',
      'precedent.yaml:6: no key preemption.bands.low.exempts; did you mean preemption.bands.low.exempt?',
      'precedent.yaml:6: no key preemption.bands.low.demands any more: its value is fixed, remove it',
      'preemption.rules.capPercent: expected a whole number from 0 to 100, got 101 (precedent.yaml:4)',
      'preemption.rules.frozenMax: expected a duration such as "30s" or "5m", at least 0 and at most 366 days, got "soon" (precedent.yaml:4)',
      'preemption.rules.breaker.open: expected a duration such as "30s" or "5m", at least 1ms and at most 366 days, got 0 (precedent.yaml:4)',
      'preemption.bands.high.mayPreempt: expected a list (or a text with commas) of bands below high: low, normal, got ["low","critical"] (precedent.yaml:7)',
      'preemption.bands.high.mode: expected one of never, delay, at_checkpoint, suspend, immediate, got "softly" (precedent.yaml:7)',
      'preemption.bands.high.grace: expected a duration such as "30s" or "5m", at least 0 and at most 366 days, got "367d" (precedent.yaml:7)',
      'preemption.bands.low.maxPreemptions: expected a whole number from 0 to 1000000, got "-1" (env PRECEDENT_PREEMPTION_BANDS_LOW_MAX_PREEMPTIONS)',
    ]);
  });
});

describe('what a policy says otherwise', () => {
  const changes = z.strictObject(policyChanges);

  it('is what is written, and nothing more', () => {
    const written = { rules: { frozenMax: '1m' }, bands: { high: { mayPreempt: [] } } };
    expect(changes.parse(written)).toEqual({
      rules: { frozenMax: 60_000 },
      bands: { high: { mayPreempt: [] } },
    });
    expect(changes.parse({})).toEqual({});
    expect(policyOver(DEFAULT_POLICY, changes.parse({ rules: { breaker: {} }, bands: { low: {} } }))).toEqual(
      DEFAULT_POLICY,
    );
  });
});
