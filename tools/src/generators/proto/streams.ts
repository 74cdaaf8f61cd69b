import { PACKAGE } from '@precedent/grpc';
import type { ProtoMessage, ProtoMethod } from './model.ts';

export interface StreamingMethod {
  readonly service: string;
  readonly method: ProtoMethod;
  readonly messages: readonly ProtoMessage[];
}

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
];
