import type { DependencyCondition } from '@precedent/contract-types';
import type { Ended } from './ended.ts';

/** Whether an edge is met by the end of the task that it names. */
export const isMetBy = (on: DependencyCondition = 'success', { verdict, cause }: Ended): boolean => {
  switch (on) {
    case 'success':
      return verdict === 'completed';
    case 'ok':
      return verdict === 'completed' || (verdict === 'skipped' && cause === 'condition');
    case 'failure':
      return verdict === 'failed' || verdict === 'timed_out';
    case 'completion':
      return true;
    case 'cancelled':
    case 'skipped':
      return verdict === on;
  }
};
