import type { LimitSpec } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import type { Conditions } from '@precedent/ports';
import type { DefinitionRules } from '../definitions/definition-rules.ts';
import { keyProblemOf } from './key-of.ts';

/** What the engine checks of a limit in addition to its schema. */
export const limitRules = (conditions: Conditions | undefined): DefinitionRules => ({
  projectOf: ({ spec }) => (spec as LimitSpec).match?.project,
  isOfCell: ({ spec }) => (spec as LimitSpec).wholeCell === true,
  refusalOf: ({ spec }) => keyProblem((spec as LimitSpec).key, conditions),
});

const keyProblem = (key: string | undefined, conditions: Conditions | undefined): Problem | undefined => {
  const problem = key === undefined ? undefined : keyProblemOf(key, conditions);
  if (problem === undefined) return undefined;
  const message = `spec.key is no key: ${problem}`;
  return { code: 'INVALID_REQUEST', message, issues: [{ field: 'spec.key', message: problem }] };
};
