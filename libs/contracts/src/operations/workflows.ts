import { workflowSpecSchema } from '../definitions/workflow.ts';
import { definitionOperations, definitionPlace } from './definition-operations.ts';
import { catalogueOf } from './operation.ts';

/** Registered workflows. */
export const WORKFLOW_OPERATIONS = catalogueOf(
  definitionPlace('workflow'),
  definitionOperations({
    kind: 'workflow',
    nouns: ['workflow', 'workflows'],
    spec: workflowSpecSchema,
    viewName: 'Workflow',
  }),
);
