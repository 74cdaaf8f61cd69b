import { BANDS, rankOf } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { DEFAULT_POLICY, MODES, isTime, limitsOf } from '@precedent/scheduling';
import { z } from 'zod';
import { choice, count, duration, flag, list } from './leaf.ts';
import { durationText } from './units.ts';

/** Of a policy, what is not one plain value, or not for a file to set; no task says how long its grace is. */
const APART = ['rule', 'classes', 'aging', 'breaker', 'bounds', 'modes', 'graceMsMax'];
const isPlain = (rule: string): boolean => !APART.includes(rule);

/** In a file, units are in the value: `exemptMs: 10000` is written `exempt: 10s`. */
export const writtenNameOf = (rule: string): string => rule.replace(/Ms(?=[A-Z]|$)/, '');

/** The rules as they are written, by what the default ones look like: a new rule is known here at once. */
const leavesOf = (defaults: object, fieldOf = plainField): Record<string, z.ZodType> =>
  Object.fromEntries(
    Object.entries(defaults)
      .filter(([rule]) => isPlain(rule))
      .map(([rule, value]) => [writtenNameOf(rule), fieldOf(rule, value)]),
  );

const plainField = (rule: string, value: unknown): z.ZodType => {
  if (typeof value === 'boolean') return flag(value);
  if (typeof value === 'number') return numberField(rule, value);
  const mode = MODES.find((one) => one === value);
  if (mode === undefined) throw new Error(`nobody knows how ${rule} of a policy is written`);
  return choice(mode, MODES);
};

const numberField = (rule: string, value: number): z.ZodType => {
  const [min, max] = limitsOf(rule);
  return isTime(rule) ? duration(durationText(value), min) : count(value, [min, max]);
};

const bandRules = (band: Band) => {
  const lower = BANDS.slice(0, rankOf(band));
  const expected = `bands below ${band}: ${lower.join(', ') || 'there is none'}`;
  const preempted = { expected, pattern: new RegExp(`^(${lower.join('|') || '(?!)'})$`) };
  const fieldOf = (rule: string, value: unknown): z.ZodType =>
    Array.isArray(value)
      ? list(
          value.map((rank) => BANDS[rank] ?? ''),
          preempted,
        )
      : plainField(rule, value);
  return z.strictObject(leavesOf(DEFAULT_POLICY.classes[rankOf(band)], fieldOf));
};

/** What holds for a whole pool, what for each band, and how far a task may go that says otherwise. */
export const policySections = {
  rules: z.strictObject({
    ...leavesOf(DEFAULT_POLICY),
    breaker: z.strictObject(leavesOf(DEFAULT_POLICY.breaker)),
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
    ...leavesOf(DEFAULT_POLICY.bounds),
  }),
};

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
