import { nearest } from '@precedent/kernel';
import { UsageError } from '../usage-error.ts';

/** Values of a flag that must each be one of the choices. Throws INVALID_REQUEST with the nearest one. */
export const known = <T extends string>(flag: string, given: readonly string[], choices: readonly T[]): T[] =>
  given.map((one) => {
    const choice = choices.find((candidate) => candidate === one);
    if (choice !== undefined) return choice;
    const near = nearest(one, choices);
    const hint = near === undefined ? `one of ${choices.join(', ')} is expected` : `did you mean ${near}?`;
    throw new UsageError(`${flag} is ${one}; ${hint}`);
  });
