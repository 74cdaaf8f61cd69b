import type { DefinitionKind } from '@precedent/contract-types';
import type { Operations } from './operation.ts';
import { LIMIT_OPERATIONS } from './limits.ts';
import { PROJECT_OPERATIONS } from './projects.ts';
import { WORKFLOW_OPERATIONS } from './workflows.ts';
import { SCHEDULE_OPERATIONS } from './schedules.ts';

/** The operations of each kind of definition: its own group of the catalogue, which the engine serves. */
export const DEFINITION_OPERATIONS = {
  project: PROJECT_OPERATIONS,
  limit: LIMIT_OPERATIONS,
  schedule: SCHEDULE_OPERATIONS,
  workflow: WORKFLOW_OPERATIONS,
} as const satisfies Readonly<Record<DefinitionKind, Operations>>;
