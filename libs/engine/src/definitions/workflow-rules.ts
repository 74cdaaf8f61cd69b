import type { WorkflowSpec } from '@precedent/contract-types';
import { workflowIssues } from '@precedent/orchestration';
import type { Conditions } from '@precedent/ports';
import type { DefinitionRules } from './definition-rules.ts';

/** A workflow is of no project: its runs are. */
export const workflowRules = (conditions: Conditions | undefined): DefinitionRules => ({
  refusalOf: ({ spec }) => {
    // The schema of the kind has passed it.
    const issues = workflowIssues(spec as WorkflowSpec, conditions ?? NO_EXPRESSIONS).map(
      ({ field, message }) => ({ field: `spec.${field}`, message }),
    );
    const [first] = issues;
    if (first === undefined) return undefined;
    return { code: 'INVALID_REQUEST', message: `${first.field}: ${first.message}`, issues };
  },
});

const NO_EXPRESSIONS: Pick<Conditions, 'checkExpression' | 'readsOf'> = {
  checkExpression: () => 'this engine evaluates none',
  readsOf: () => [],
};
