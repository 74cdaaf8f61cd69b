import { ROUTED } from '../routes.ts';
import { namedSchemas } from './named-schemas.ts';
import type { Json } from './named-schemas.ts';
import { describedOperation } from './operation.ts';
import { PROBLEM_RESPONSE } from './refusals.ts';
import { SESSION_SCHEME, sessionPaths } from './session-paths.ts';
import { livePath, taskEventsPath } from './stream-paths.ts';

/** The description of all routes, from the catalogue: OpenAPI 3.2. */
export const openApiDocument = (version: string): Json => {
  const schemas = namedSchemas();
  const paths: Record<string, Json> = {};
  for (const routed of ROUTED) {
    const path = `/api/v1${routed.path}`;
    paths[path] = { ...paths[path], [routed.method.toLowerCase()]: describedOperation(routed, schemas) };
  }
  paths['/api/v1/live'] = livePath(schemas);
  paths['/api/v1/tasks/{id}/events'] = taskEventsPath(schemas);
  Object.assign(paths, sessionPaths(schemas));
  return {
    openapi: '3.2.0',
    info: {
      title: 'Precedent',
      version,
      description: 'Every operation of a cell of Precedent.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' }, session: SESSION_SCHEME },
      responses: PROBLEM_RESPONSE,
      schemas: schemas.all(),
    },
  };
};
