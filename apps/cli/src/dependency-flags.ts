import { DEPENDENCY_CONDITIONS } from '@precedent/contract-types';
import type { Dependency, Join } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import { UsageError } from './usage-error.ts';

/** `--after build` or `--after build:failure`. */
export const dependencyOf = (text: string): Dependency => {
  const [task = '', condition, ...more] = text.split(':');
  const on = DEPENDENCY_CONDITIONS.find((each) => each === condition);
  if (task !== '' && more.length === 0 && (condition === undefined || on !== undefined))
    return { task, ...(on && { on }) };
  throw new UsageError(
    `--after is ${text}; an id, or an id and one of ${DEPENDENCY_CONDITIONS.join(', ')} after a colon, is expected`,
  );
};

export const joinOf = (text: string): Join => {
  if (text === 'all' || text === 'any') return text;
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= LIMITS.dependencies) return count;
  throw new UsageError(
    `--join is ${text}; all, any or a number from 1 to ${LIMITS.dependencies} is expected`,
  );
};
