import { ANY } from '@precedent/contract-types';
import type { Grant } from '@precedent/contract-types';
import { rankOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { CompiledPrincipal } from '../principals.ts';
import { rightsOf } from '../rights.ts';
import { NAMED_FOR_AGENTS } from '../submissions.ts';

/** A grant that somebody holds, and one that it wants to give. */
interface Giving {
  readonly held: Grant;
  readonly given: Grant;
  readonly isAgent: boolean;
}

/** In which members a grant exceeds what the caller may give; empty when one grant that it holds covers it. */
export const excessOf = (
  { principal: { grants, kind } }: CompiledPrincipal,
  given: Grant,
  now: EpochMs,
): readonly (keyof Grant)[] => {
  const excesses = grants
    .filter((held) => isLive(held, now) && rightsOf(held.role).includes('administer'))
    .map((held) => excess({ held, given, isAgent: kind === 'agent' }));
  return excesses.toSorted((a, b) => a.length - b.length)[0] ?? ['namespace'];
};

/** Whether a grant has not ended yet. */
export const isLive = ({ expiresAt }: Grant, now: EpochMs): boolean =>
  expiresAt === undefined || now < expiresAt;

const excess = (giving: Giving): (keyof Grant)[] =>
  [...ALWAYS, ...(rightsOf(giving.given.role).includes('submit') ? SUBMITTING : [])].flatMap(
    ([member, isWithin]) => (isWithin(giving) ? [] : [member]),
  );

type Rule = readonly [member: keyof Grant, isWithin: (giving: Giving) => boolean];

const ALWAYS: readonly Rule[] = [
  ['namespace', ({ held, given }) => held.namespace === ANY || held.namespace === given.namespace],
  ['project', ({ held, given }) => held.project === ANY || held.project === given.project],
  ['expiresAt', ({ held, given }) => (given.expiresAt ?? Infinity) <= (held.expiresAt ?? Infinity)],
  ['clearances', ({ held, given }) => isPartOf(given.clearances ?? [], held.clearances ?? [])],
  // Only the cell's admin can make others run tasks.
  ['role', ({ given }) => !rightsOf(given.role).includes('work')],
];

const SUBMITTING: readonly Rule[] = [
  [
    'highestBand',
    ({ held, given }) => rankOf(given.highestBand ?? 'critical') <= rankOf(held.highestBand ?? 'critical'),
  ],
  ['types', ({ held, given, isAgent }) => areTypesWithin(held.types, given.types, isAgent)],
  [
    'criticalPerHour',
    ({ held, given }) => (given.criticalPerHour ?? Infinity) <= (held.criticalPerHour ?? Infinity),
  ],
];

const isPartOf = (given: readonly string[], held: readonly string[]): boolean =>
  held.includes(ANY) || given.every((one) => held.includes(one));

/** A grant without types gives an agent fewer than all, but a service all. */
const areTypesWithin = (held: Grant['types'], given: Grant['types'], isAgent: boolean): boolean => {
  if (held !== undefined) return given !== undefined && isPartOf(given, held);
  return !isAgent || (given !== undefined && !given.some((type) => NAMED_FOR_AGENTS.includes(type)));
};
