import type { EpochMs } from '@precedent/kernel';
import type { PointFilter } from '@precedent/ports';

/** Conditions of a search: the values of one field are alternatives, and all fields must match. */
export interface QueryFilters {
  readonly project?: readonly string[];
  readonly type?: readonly string[];
  readonly kind?: readonly string[];
  readonly outcome?: readonly string[];
  readonly band?: readonly string[];
  readonly worker?: readonly string[];
  readonly task?: readonly string[];
  /** Inclusive. */
  readonly since?: EpochMs;
  /** Exclusive. */
  readonly until?: EpochMs;
}

export const FILTER_FIELDS = ['project', 'type', 'kind', 'outcome', 'band', 'worker', 'task'] as const;
export type FilterField = (typeof FILTER_FIELDS)[number];

/** Merges field by field: explicit filters override those that were parsed from the text. */
export const mergedFilters = (parsed: QueryFilters, explicit: QueryFilters): QueryFilters => ({
  ...parsed,
  ...explicit,
});

/** The filter for an index. The namespace comes from the caller's rights, never from the text. */
export const pointFilterOf = (namespace: string, filters: QueryFilters): PointFilter => {
  const fields = Object.fromEntries(
    FILTER_FIELDS.flatMap((field) => {
      const values = filters[field];
      return values === undefined || values.length === 0 ? [] : [[field, values] as const];
    }),
  );
  const { since, until } = filters;
  const at = { ...(since !== undefined && { from: since }), ...(until !== undefined && { to: until }) };
  return {
    namespace,
    ...(Object.keys(fields).length > 0 && { fields }),
    ...(Object.keys(at).length > 0 && { ranges: { at } }),
  };
};
