import type { EpochMs } from '@precedent/kernel';
import type { PointFilter } from '@precedent/ports';

/** Conditions of a search: several values of one field are alternatives, the fields hold together. */
export interface SearchFilters {
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

/** Field by field: what was given explicitly wins over what was read out of the text. */
export const mergedFilters = (read: SearchFilters, explicit: SearchFilters): SearchFilters => ({
  ...read,
  ...explicit,
});

/** The condition for an index. The namespace comes from the caller's rights, never from the text. */
export const pointFilter = (namespace: string, filters: SearchFilters): PointFilter => {
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
