import type { ConditionOutcome } from '@precedent/ports';

/** What a condition read: ` (result.score is 0.7)`; empty where it read nothing. */
export const readNote = ({ read }: Pick<ConditionOutcome, 'read'>): string => {
  const values = Object.entries(read).map(([path, value]) => `${path} is ${value}`);
  return values.length === 0 ? '' : ` (${values.join(', ')})`;
};
