import { bandOf } from '@precedent/kernel';
import type { BandRank } from '@precedent/kernel';

/**
 * What a caller sees of others. A mask builds its texts again from fields that it knows, and passes no text on in which another task may
 * be named: explanations are prose with ids in it, which no search for ids makes safe.
 */
export interface Visibility {
  /** That of the request. */
  readonly namespace: string;
  /** Whether the caller may read the task of this id; `false` for a task that is not known. */
  readonly seesTask: (id: string) => boolean;
}

/** In the place of an id that the caller does not see. */
export const HIDDEN_ID = '(hidden)';

/** `a critical task of another namespace`. `band` and `namespace` come from a stored record, so they may be anything. */
export const hiddenTaskText = ({ namespace }: Visibility, band: unknown, owner: unknown): string => {
  const kind = isRank(band) ? `a ${bandOf(band)} task` : 'a task';
  return `${kind} ${owner === namespace ? 'that the caller may not see' : 'of another namespace'}`;
};

const isRank = (value: unknown): value is BandRank =>
  value === 0 || value === 1 || value === 2 || value === 3;
