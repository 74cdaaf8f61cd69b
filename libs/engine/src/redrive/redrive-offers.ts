import { REDRIVABLE, REDRIVE_LIMITS } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { redriveIdOf } from '@precedent/ports';
import type { CheckSpec, Offer, Redrive } from '@precedent/ports';
import type { TaskRow } from '@precedent/tasks';
import type { CellState } from '../cell/cell-state.ts';
import { copyOf } from './redrive-copy.ts';
import { skippedDependants } from './skipped-dependants.ts';

interface OffersParts {
  readonly state: Pick<CellState, 'table'>;
  readonly checkSpec?: CheckSpec | undefined;
}

/** What is submitted to run a task again: its repetition first, then those of its skipped dependants. */
export const redriveOffers = (
  row: TaskRow,
  { dependants = false, bulk, edit, keepKeys }: Redrive,
  { state: { table }, checkSpec }: OffersParts,
): { readonly offers: readonly Offer[] } | { readonly error: Problem } => {
  const skipped = dependants ? skippedDependants(row, table.recent(), REDRIVE_LIMITS.dependants) : [];
  const reopened = new Set([row, ...skipped].map(({ id }) => id));
  const renamed = (id: string): string => (reopened.has(id) ? redriveIdOf(id) : latestOf(id, table));
  const first = copyOf(row, { bulk, edit, keepKeys, checkSpec, renamed });
  if ('error' in first) return first;
  const others = skipped.flatMap((one): readonly Offer[] => {
    const copy = copyOf(one, { keepKeys, renamed });
    return 'task' in copy ? [copy] : [];
  });
  return { offers: [first, ...others] };
};

/** What a repetition depends on: where that was repeated, too, its last repetition. */
const latestOf = (id: string, table: CellState['table']): string => {
  const state = table.get(id)?.state;
  const next = redriveIdOf(id);
  if (!REDRIVABLE.some((one) => one === state) || table.get(next) === undefined) return id;
  return latestOf(next, table);
};
