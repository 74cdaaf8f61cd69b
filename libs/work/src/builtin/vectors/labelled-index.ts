import type { Job } from '@precedent/contract-types';
import { LABEL_FIELD } from '@precedent/ports';
import type { VectorIndex } from '@precedent/ports';

/** The index for the points of a task: they have its security label. */
export const labelledIndex = (index: VectorIndex, { security }: Pick<Job, 'security'>): VectorIndex => {
  if (security === undefined) return index;
  return {
    ...index,
    upsert: (collection, points, options) => {
      const labelled = points.map((point) => ({
        ...point,
        payload: { ...point.payload, [LABEL_FIELD]: security },
      }));
      return index.upsert(collection, labelled, options);
    },
  };
};
