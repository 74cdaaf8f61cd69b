import { PACKAGE } from '@precedent/grpc/reference';
import type { ProtoField, ProtoMessage, ProtoMethod } from './model.ts';

export interface StreamingMethod {
  readonly service: string;
  readonly method: ProtoMethod;
  readonly messages: readonly ProtoMessage[];
}

const optional = (name: string): ProtoField => ({ name, type: 'string', label: 'optional' });

const AFTER: ProtoField = {
  ...optional('after'),
  comment: 'The sequence of the last event, or the last position, that the client has.',
};

/** Conditions hold together; values of one list are alternatives. */
const WATCH_FIELDS: readonly ProtoField[] = [
  optional('namespace'),
  optional('project'),
  { name: 'projects', type: 'string', label: 'repeated' },
  { name: 'band', type: `${PACKAGE}.Band`, label: 'repeated' },
  { name: 'type', type: 'string', label: 'repeated' },
  { name: 'event', type: 'string', label: 'repeated' },
  optional('task'),
  AFTER,
];

const watchResponse = (name: string): ProtoMessage => ({
  name,
  messages: [
    {
      name: 'Gap',
      fields: [
        { name: 'from', type: 'string' },
        { name: 'to', type: 'string' },
      ],
      messages: [],
    },
  ],
  fields: [
    { name: 'event', type: `${PACKAGE}.TaskEvent`, oneof: 'item' },
    {
      name: 'gap',
      type: `${PACKAGE}.${name}.Gap`,
      oneof: 'item',
      comment: 'What happened between these two sequences is not known any more.',
    },
    {
      name: 'position',
      type: 'string',
      oneof: 'item',
      comment: 'The client has everything up to here, and can go on from it.',
    },
  ],
});

/** RPCs that are no operation of the catalogue, because they stream. */
export const STREAMS: readonly StreamingMethod[] = [
  {
    service: 'TaskService',
    method: {
      name: 'SubmitTasks',
      comment:
        'Takes tasks without end, and answers each when it is durable, in the same order. While a band is full it reads no further.',
      request: `${PACKAGE}.SubmitTasksRequest`,
      response: `${PACKAGE}.SubmitTasksResponse`,
      streams: ['request', 'response'],
    },
    messages: [
      { name: 'SubmitTasksRequest', fields: [{ name: 'task', type: `${PACKAGE}.TaskSpec` }], messages: [] },
      {
        name: 'SubmitTasksResponse',
        fields: [
          { name: 'index', type: 'int64', comment: 'Of the task in the stream, from 0.' },
          { name: 'accepted', type: `${PACKAGE}.Accepted`, oneof: 'result' },
          { name: 'error', type: `${PACKAGE}.Problem`, oneof: 'result' },
        ],
        messages: [],
      },
    ],
  },
  {
    service: 'HistoryService',
    method: {
      name: 'WatchTasks',
      comment:
        'The events of tasks as they happen, in the order of the journal, or from the sequence of the last event that the client has.',
      request: `${PACKAGE}.WatchTasksRequest`,
      response: `${PACKAGE}.WatchTasksResponse`,
      streams: ['response'],
    },
    messages: [
      { name: 'WatchTasksRequest', fields: WATCH_FIELDS, messages: [] },
      watchResponse('WatchTasksResponse'),
    ],
  },
  {
    service: 'HistoryService',
    method: {
      name: 'WatchTask',
      comment: 'The events of one task, from its submission to its verdict.',
      request: `${PACKAGE}.WatchTaskRequest`,
      response: `${PACKAGE}.WatchTaskResponse`,
      streams: ['response'],
    },
    messages: [
      {
        name: 'WatchTaskRequest',
        fields: [{ name: 'id', type: 'string' }, optional('namespace'), AFTER],
        messages: [],
      },
      watchResponse('WatchTaskResponse'),
    ],
  },
];
