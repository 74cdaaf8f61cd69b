import { PASSING_EVENTS } from '@precedent/contract-types';
import { ENGINE_OPERATIONS, journalledEventSchema, logChunkViewSchema } from '@precedent/contracts';
import type { OperationName } from '@precedent/contracts';
import { SHOWN_FIELDS } from '../streams/live-frame.ts';
import { sequence } from './content.ts';
import type { Json, NamedSchemas } from './named-schemas.ts';

/** A schema for the data of each kind of event, of which `message` stands for an event without a name. */
const serverSentEvents = (data: Readonly<Record<string, Json>>): Json =>
  sequence('text/event-stream', {
    anyOf: Object.entries(data).map(([event, contentSchema]) => ({
      type: 'object',
      required: event === 'message' ? ['data'] : ['event', 'data'],
      properties: {
        event: { const: event },
        data: { type: 'string', contentMediaType: 'application/json', contentSchema },
        id: { type: 'string', description: 'the place from which "Last-Event-ID" goes on' },
      },
    })),
  });

const textFields = (description: string, ...names: readonly string[]): Json => ({
  type: 'object',
  description,
  required: names,
  properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});

const END = textFields('Why the stream ends.', 'code', 'message');
const GAP = textFields('What is missing, behind one sequence up to another.', 'from', 'to');

const eventKinds = (schemas: NamedSchemas): Readonly<Record<string, Json>> => ({
  message: schemas.of(journalledEventSchema, 'output'),
  gap: GAP,
  end: END,
});

const eventStream = (schemas: NamedSchemas): Json => serverSentEvents(eventKinds(schemas));

const fieldsOf = (name: string, schemas: NamedSchemas): Json => {
  const { properties = {} } = (schemas.all()[name] ?? {}) as { readonly properties?: Json };
  return properties;
};

/** Of one task: with its events that are no records between the others. */
export const taskEventStream = (schemas: NamedSchemas): Json => {
  const kinds = eventKinds(schemas);
  const { sequence: _, epoch: __, ...properties } = fieldsOf('TaskEvent', schemas);
  const event = { type: 'object', description: 'At most once, as it happens.', properties };
  return serverSentEvents({
    ...kinds,
    ...Object.fromEntries(PASSING_EVENTS.map((name) => [name, event])),
  });
};

/** Of `live`. */
export const liveStream = (schemas: NamedSchemas): Json => {
  schemas.of(ENGINE_OPERATIONS.counts.reply, 'output');
  schemas.of(ENGINE_OPERATIONS.list.reply, 'output');
  const task = fieldsOf('Task', schemas);
  const properties = Object.fromEntries(SHOWN_FIELDS.map((name) => [name, task[name]]));
  const view = {
    bands: { type: 'object', additionalProperties: { $ref: '#/components/schemas/BandCounts' } },
    tasks: { type: 'array', items: { type: 'object', required: ['id'], properties } },
    truncated: { type: 'boolean', description: 'more tasks are in the window than are shown' },
  };
  const order = { type: 'array', items: { type: 'string' }, description: 'the ids that are shown now' };
  return serverSentEvents({
    full: { type: 'object', required: ['bands', 'tasks', 'truncated'], properties: view },
    change: { type: 'object', properties: { ...view, order } },
    end: END,
  });
};

/** The operations of which the answer can be followed, with what is sent then. */
export const FOLLOWED: Readonly<Partial<Record<OperationName, (schemas: NamedSchemas) => Json>>> = {
  'history.feed': eventStream,
  'history.logs': (schemas) =>
    serverSentEvents({ message: schemas.of(logChunkViewSchema, 'output'), end: END }),
};
