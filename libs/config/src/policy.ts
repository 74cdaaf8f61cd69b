import { BANDS, isBand, ownValue, rankOf } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { DEFAULT_POLICY, MODES, policyIssues } from '@precedent/scheduling';
import type { AgingMs, ClassRules, Mode, Policy } from '@precedent/scheduling';
import { writtenNameOf } from './policy-schema.ts';
import type { Settings } from './settings.ts';

/** By rank, low first. */
export const agingOf = ({ bands }: Pick<Settings, 'bands'>): AgingMs => [
  bands.low.aging,
  bands.normal.aging,
  bands.high.aging,
  bands.critical.aging,
];

/** The policy of the cell, whether or not preemption is enabled. */
export const policyOf = (settings: Pick<Settings, 'bands' | 'preemption'>): Policy =>
  policyOver({ ...DEFAULT_POLICY, aging: agingOf(settings) }, settings.preemption);

type Written = Readonly<Record<string, unknown>>;

/** Rules by the names that they have in a file; whatever is left out stays as it is. */
export interface PolicyChanges {
  readonly rules?: Written | undefined;
  readonly bands?: Written | undefined;
  readonly bounds?: Written | undefined;
}

/** A policy with what is written in place of its own rules. Ask `policyProblems` whether it can be used. */
export const policyOver = (
  policy: Policy,
  { rules = {}, bands = {}, bounds = {} }: PolicyChanges,
): Policy => {
  const classes = policy.classes.map((one, rank) => over(one, sectionOf(bands, BANDS[rank])));
  return {
    ...over(policy, rules),
    classes: classes as readonly ClassRules[] as Policy['classes'],
    breaker: over(policy.breaker, sectionOf(rules, 'breaker')),
    bounds: { ...over(policy.bounds, bounds), modes: modesOf(bounds) ?? policy.bounds.modes },
  };
};

const sectionOf = (written: Written, name = ''): Written => (ownValue(written, name) ?? {}) as Written;

const over = <T extends object>(rules: T, written: Written): T => {
  const changed = Object.entries(rules).flatMap(([rule, before]) => {
    const value = isSection(before) ? undefined : ownValue(written, writtenNameOf(rule));
    return value === undefined ? [] : [[rule, Array.isArray(value) ? ranksOf(value) : value]];
  });
  return { ...rules, ...Object.fromEntries(changed) };
};

const modesOf = ({ modes }: Written): readonly Mode[] | undefined =>
  Array.isArray(modes) ? MODES.filter((mode) => modes.includes(mode)) : undefined;

const isSection = (value: unknown): boolean => typeof value === 'object' && !Array.isArray(value);
const ranksOf = (bands: readonly unknown[]): number[] => bands.filter(isBand).map(rankOf);

/** What no single rule can know, each problem at the place where a file has it. */
export const policyProblems = (policy: Policy): Issue[] =>
  policyIssues(policy).map(({ field, message }) => ({ field: writtenPlaceOf(field), message }));

/** `classes.low.exemptMs` is written at `bands.low.exempt`. */
const writtenPlaceOf = (field: string): string => {
  if (field.startsWith('aging.')) return field;
  if (field.startsWith('bounds.')) return writtenNameOf(field);
  const written = writtenNameOf(field);
  return written.startsWith('classes.') ? written.replace('classes.', 'bands.') : `rules.${written}`;
};
