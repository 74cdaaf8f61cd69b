import { clearancesIn } from '@precedent/access';
import type { AccessScope } from '@precedent/contract-types';
import { clearedIndex } from '@precedent/semantic';
import type { SearchContext, SemanticHistory } from '@precedent/semantic';

/** What answers are made of. */
export interface AnswerParts {
  /** The context of a query that begins now. */
  readonly context: () => SearchContext;
  readonly history: SemanticHistory;
}

/** The same for a caller: without what has a security label that it is not cleared for, so that no answer can hold it. */
export const clearedParts = <P extends Partial<AnswerParts>>(parts: P, scope: AccessScope): P => {
  const cleared = clearancesIn(scope);
  if (cleared === undefined) return parts;
  const { context, history } = parts;
  return {
    ...parts,
    ...(context && {
      context: () => {
        const whole = context();
        return { ...whole, index: clearedIndex(whole.index, cleared) };
      },
    }),
    ...(history && { history: history.within(cleared) }),
  };
};
