import type { AttemptView } from '@precedent/contract-types';
import type { ChangeRecord } from '@precedent/tasks';

type End = Pick<AttemptView, 'outcome' | 'end' | 'error'>;

/** How a lease ended, by the record that ended it. */
export const endOf = (record: ChangeRecord): End => {
  switch (record.kind) {
    case 'settled': {
      const { state, end, error } = record;
      return { outcome: state, ...(end && { end }), ...(error && { error }) };
    }
    case 'retrying':
      return { outcome: 'failed', error: record.error, ...(record.end && { end: record.end }) };
    case 'requeued':
      return { outcome: record.why };
    case 'preempted':
      return { outcome: 'preempted', end: record.end };
    default:
      return {};
  }
};
