import { projectSpecSchema } from '../definitions/project.ts';
import { definitionOperations, definitionPlace } from './definition-operations.ts';
import { catalogueOf } from './operation.ts';

/** What the tasks of a project have in common. */
export const PROJECT_OPERATIONS = catalogueOf(
  definitionPlace('project'),
  definitionOperations({
    kind: 'project',
    nouns: ['project', 'projects'],
    spec: projectSpecSchema,
    viewName: 'Project',
  }),
);
