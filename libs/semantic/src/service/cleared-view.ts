import { isClearedFor } from '@precedent/access';
import type { Clearances } from '@precedent/contract-types';
import type { PointFilter, VectorIndex } from '@precedent/ports';
import type { UnindexedTask } from './archive.ts';

/** The index as somebody with these clearances sees it: whatever is searched, scrolled or counted, is without what they may not see. */
export const clearedIndex = (index: VectorIndex, cleared: Clearances): VectorIndex => {
  const within = (filter: PointFilter): PointFilter => ({ ...filter, cleared });
  return {
    ...index,
    query: (collection, query) => index.query(collection, { ...query, filter: within(query.filter) }),
    scroll: (collection, filter, page) => index.scroll(collection, within(filter), page),
    count: (collection, filter) => index.count(collection, within(filter)),
  };
};

/** The same for tasks without documents. */
export const clearedTask =
  (unindexed: UnindexedTask, cleared: Clearances): UnindexedTask =>
  async (id) => {
    const facts = await unindexed(id);
    return facts && isClearedFor(cleared, facts) ? facts : undefined;
  };
