import { duration } from '@precedent/contracts';
import { BANDS, isBand, rankOf } from '@precedent/kernel';
import { DEFAULT_POLICY, MODES } from '@precedent/scheduling';
import type { ClassRules, Policy } from '@precedent/scheduling';
import { z } from 'zod';

/** Of a policy, what is not one plain value, or not for a scenario to set. */
const APART = ['rule', 'classes', 'aging', 'breaker', 'bounds'];

/** In a file, units are in the value: `exemptMs: 10000` is written `exempt: 10s`. */
const writtenNameOf = (rule: string): string => rule.replace(TIME, '');
const TIME = /Ms(?=[A-Z]|$)/;

/** Where a scenario writes a field of the policy: `classes.low.exemptMs` is `bands.low.exempt` of a variant. */
export const writtenPlaceOf = (field: string): string => {
  if (field.startsWith('aging.')) return field;
  const written = writtenNameOf(field);
  return written.startsWith('classes.') ? written.replace('classes.', 'bands.') : `rules.${written}`;
};

/** The rules of a policy as they are written, by what the default ones look like: a new rule is known here at once. */
const schemaOf = (defaults: object) =>
  Object.fromEntries(
    Object.entries(defaults)
      .filter(([rule]) => !APART.includes(rule))
      .map(([rule, value]) => [writtenNameOf(rule), fieldOf(rule, value).optional()]),
  );

const fieldOf = (rule: string, value: unknown): z.ZodType => {
  if (typeof value === 'boolean') return z.boolean();
  if (typeof value === 'string') return z.enum(MODES);
  if (Array.isArray(value)) return z.array(z.enum(BANDS)).max(BANDS.length);
  return TIME.test(rule) ? duration : z.number().int().min(0).max(1_000_000);
};

export const bandRulesSchema = z.strictObject(schemaOf(DEFAULT_POLICY.classes[0]));
export const poolRulesSchema = z.strictObject({
  ...schemaOf(DEFAULT_POLICY),
  breaker: z.strictObject(schemaOf(DEFAULT_POLICY.breaker)).optional(),
});

type Written = Readonly<Record<string, unknown>>;

/** Written rules over the default ones. */
export interface WrittenPolicy {
  readonly rules?: Written | undefined;
  readonly bands?: Readonly<Record<string, Written | undefined>> | undefined;
}

/** The policy that a scenario describes; not checked as a whole yet. */
export const policyOf = ({ rules = {}, bands = {} }: WrittenPolicy, aging: Policy['aging']): Policy => {
  const classes = DEFAULT_POLICY.classes.map((one, rank) => over(one, bands[BANDS[rank] ?? ''] ?? {}));
  return {
    ...over(DEFAULT_POLICY, rules),
    aging,
    classes: classes as readonly ClassRules[] as Policy['classes'],
    breaker: over(DEFAULT_POLICY.breaker, (rules['breaker'] ?? {}) as Written),
  };
};

const over = <T extends object>(defaults: T, written: Written): T => {
  const changed = Object.keys(defaults).flatMap((rule) => {
    const value = APART.includes(rule) ? undefined : written[writtenNameOf(rule)];
    return value === undefined ? [] : [[rule, Array.isArray(value) ? ranksOf(value) : value]];
  });
  return { ...defaults, ...Object.fromEntries(changed) };
};

const ranksOf = (bands: readonly unknown[]): number[] => bands.filter(isBand).map(rankOf);
