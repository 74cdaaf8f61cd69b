import { ENGINE_OPERATIONS } from '@precedent/contracts';
import { LIVE_WINDOWS } from '../streams/live-window.ts';
import type { Json, NamedSchemas } from './named-schemas.ts';
import { LAST_EVENT_ID, NAMESPACE, parametersOf } from './parameters.ts';
import type { FieldSchemas } from './parameters.ts';
import { refusals } from './refusals.ts';
import { liveStream, taskEventStream } from './streams.ts';

const REFUSED = ['400', '401', '403', '404', '500', '503'];

/** Events of one task, which no other operation of the catalogue answers. */
export const taskEventsPath = (schemas: NamedSchemas): Json => ({
  get: {
    operationId: 'task_events',
    summary: 'The events of a task as a stream, from its submission to its verdict.',
    tags: ['task'],
    parameters: [
      { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
      { name: 'after', in: 'query', schema: { type: 'string' } },
      NAMESPACE,
      LAST_EVENT_ID,
    ],
    responses: {
      200: { description: 'The stream.', content: taskEventStream(schemas) },
      ...refusals(REFUSED),
    },
  },
});

const WINDOW: Json = {
  name: 'window',
  in: 'query',
  description: 'Which tasks are shown, in an order of its own; instead of `state`.',
  schema: { type: 'string', enum: Object.keys(LIVE_WINDOWS) },
};

/** The view for screens: it takes the conditions of a list. */
export const livePath = (schemas: NamedSchemas): Json => {
  const { properties = {} } = schemas.of(ENGINE_OPERATIONS.list.request, 'input') as Partial<FieldSchemas>;
  return {
    get: {
      operationId: 'live',
      summary: 'Counts, and the tasks of a window, as a stream of at most five frames a second.',
      tags: ['task'],
      parameters: [WINDOW, ...parametersOf({ properties, required: [] }, 'query')],
      responses: {
        200: { description: 'The whole view first, then its changes.', content: liveStream(schemas) },
        ...refusals(REFUSED),
      },
    },
  };
};
