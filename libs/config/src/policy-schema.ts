import { BANDS, rankOf } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { DEFAULT_POLICY, MODES, isTime, limitsOf } from '@precedent/scheduling';
import { z } from 'zod';
import { choice, count, duration, flag, list } from './leaf.ts';
import { durationText } from './units.ts';

/** The rules of a pool, of the breaker and of the bounds that have a key. The others are fixed: see `DEFAULT_POLICY`. */
const POOL_RULES = ['capPercent', 'floorPercent', 'frozenMsMax', 'excessMs'];
const BREAKER_RULES = ['openMs', 'repeatPercentMax', 'onTimePercentMin', 'lostPercentMax'];
const BOUNDS = ['checkpointDeadlineMsMax', 'exemptMsMax', 'maxPreemptionsMin', 'maxPreemptionsMax'];

const AS_PREEMPTOR = ['mayPreempt', 'preemptAfterMs', 'usesExpress'];
const AS_VICTIM = ['mode', 'checkpointDeadlineMs', 'exemptMs', 'graceMs', 'maxPreemptions', 'minRunning'];
/** No band is above critical, so it is never a victim; no band is below low, so it never preempts. */
const BAND_RULES: Readonly<Record<Band, readonly string[]>> = {
  critical: AS_PREEMPTOR,
  high: [...AS_PREEMPTOR, ...AS_VICTIM],
  normal: [...AS_PREEMPTOR, ...AS_VICTIM],
  low: AS_VICTIM,
};

/** In a file, units are in the value: `exemptMs: 10000` is written `exempt: 10s`. */
export const writtenNameOf = (rule: string): string => rule.replace(/Ms(?=[A-Z]|$)/, '');

/** The keys of some rules. What a key may be follows from its default value. */
const leavesOf = (
  defaults: object,
  rules: readonly string[],
  fieldOf = plainField,
): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(defaults)
      .filter(([rule]) => rules.includes(rule))
      .map(([rule, value]) => [writtenNameOf(rule), fieldOf(rule, value)]),
  );

const plainField = (rule: string, value: unknown): z.ZodType => {
  if (typeof value === 'boolean') return flag(value);
  if (typeof value === 'number') return numberField(rule, value);
  const mode = MODES.find((one) => one === value);
  if (mode === undefined) throw new Error(`the rule ${rule} has no value that a file can hold`);
  return choice(mode, MODES);
};

const numberField = (rule: string, value: number): z.ZodType => {
  const [min, max] = limitsOf(rule);
  return isTime(rule) ? duration(durationText(value), min) : count(value, [min, max]);
};

const bandRules = (band: Band) => {
  const lower = BANDS.slice(0, rankOf(band));
  const expected = `bands below ${band}: ${lower.join(', ')}`;
  const preempted = { expected, pattern: new RegExp(`^(${lower.join('|')})$`) };
  const fieldOf = (rule: string, value: unknown): z.ZodType =>
    Array.isArray(value)
      ? list(
          value.map((rank) => BANDS[rank] ?? ''),
          preempted,
        )
      : plainField(rule, value);
  return z.strictObject(leavesOf(DEFAULT_POLICY.classes[rankOf(band)], BAND_RULES[band], fieldOf));
};

/** What holds for a whole pool, what for each band, and how far a task may go that says otherwise. */
export const policySections = {
  rules: z.strictObject({
    ...leavesOf(DEFAULT_POLICY, POOL_RULES),
    breaker: z.strictObject(leavesOf(DEFAULT_POLICY.breaker, BREAKER_RULES)),
  }),
  bands: z.strictObject({
    critical: bandRules('critical'),
    high: bandRules('high'),
    normal: bandRules('normal'),
    low: bandRules('low'),
  }),
  bounds: z.strictObject({
    modes: list(DEFAULT_POLICY.bounds.modes, {
      expected: `modes: ${MODES.join(', ')}`,
      pattern: new RegExp(`^(${MODES.join('|')})$`),
    }),
    ...leavesOf(DEFAULT_POLICY.bounds, BOUNDS),
  }),
};

/** Keys of earlier versions whose rules are fixed now. */
export const FORMER_POLICY_KEYS: readonly string[] = [
  ...Object.keys(DEFAULT_POLICY).map((rule) => `rules.${rule}`),
  ...Object.keys(DEFAULT_POLICY.breaker).map((rule) => `rules.breaker.${rule}`),
  ...BANDS.flatMap((band) => Object.keys(DEFAULT_POLICY.classes[0]).map((rule) => `bands.${band}.${rule}`)),
].map((rule) => `preemption.${writtenNameOf(rule)}`);

/** The same keys where each may be left out, and is not there then. */
const sparse = (section: z.ZodObject): z.ZodObject =>
  z.strictObject(
    Object.fromEntries(Object.entries(section.shape).map(([name, inner]) => [name, optional(inner)])),
  );

const optional = (inner: z.core.$ZodType): z.ZodType => {
  if (inner instanceof z.ZodObject) return sparse(inner).optional();
  return inner instanceof z.ZodPrefault ? z.optional(inner.unwrap()) : z.optional(inner);
};

/** What a policy says otherwise than another one. */
export const policyChanges = {
  rules: sparse(policySections.rules).optional(),
  bands: sparse(policySections.bands).optional(),
  bounds: sparse(policySections.bounds).optional(),
};
