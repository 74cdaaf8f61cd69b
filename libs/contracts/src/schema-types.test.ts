import type {
  CheckpointStep,
  DecisionsRequest,
  DeleteRequest,
  HelloMessage,
  HistoryEventsRequest,
  HistoryGetRequest,
  HistoryListRequest,
  HistorySearchRequest,
  HistoryStatsRequest,
  LeaseStep,
  ListRequest,
  MachineLoad,
  SettledLease,
  TaskPrediction,
} from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { describe, expectTypeOf, it } from 'vitest';
import type { z } from 'zod';
import type {
  historyDecisionsSchema,
  historyEventsSchema,
  historyGetSchema,
  historyListSchema,
  historySearchSchema,
  historyStatsSchema,
} from './history.ts';
import type { predictionsSchema } from './predictions.ts';
import type { problemSchema } from './problem.ts';
import type { decisionsRequestSchema, deleteRequestSchema, listRequestSchema } from './task-requests.ts';
import type { helloSchema, leaseStepSchema, machineLoadSchema, settledSchema } from './worker-protocol.ts';

type Fields<S extends z.ZodType> = keyof z.output<S>;
type Step<K extends LeaseStep['kind']> = Extract<z.output<typeof leaseStepSchema>['step'], { kind: K }>;

/** `satisfies` in the schemas says that the types agree, but not that a schema leaves no optional field out. */
describe('the schemas of the wire have every field of their type, and no other', () => {
  it('in the messages of workers', () => {
    expectTypeOf<Fields<typeof helloSchema>>().toEqualTypeOf<keyof HelloMessage>();
    expectTypeOf<Fields<typeof machineLoadSchema>>().toEqualTypeOf<keyof MachineLoad>();
    expectTypeOf<Fields<typeof settledSchema>>().toEqualTypeOf<keyof SettledLease>();
    expectTypeOf<Fields<typeof problemSchema>>().toEqualTypeOf<keyof Problem>();
    expectTypeOf<keyof Step<'checkpoint'>>().toEqualTypeOf<keyof CheckpointStep>();
    expectTypeOf<keyof Step<'undo'>>().toEqualTypeOf<keyof Extract<LeaseStep, { kind: 'undo' }>>();
    expectTypeOf<keyof Step<'undone'>>().toEqualTypeOf<keyof Extract<LeaseStep, { kind: 'undone' }>>();
  });

  it('in requests to the engine', () => {
    expectTypeOf<Fields<typeof listRequestSchema>>().toEqualTypeOf<keyof ListRequest>();
    expectTypeOf<Fields<typeof deleteRequestSchema>>().toEqualTypeOf<
      Exclude<keyof DeleteRequest, 'forgotten'>
    >();
    expectTypeOf<Fields<typeof decisionsRequestSchema>>().toEqualTypeOf<keyof DecisionsRequest>();
    expectTypeOf<z.output<typeof predictionsSchema>['predictions']>().toExtend<readonly TaskPrediction[]>();
  });

  it('in requests to the history', () => {
    expectTypeOf<Fields<typeof historyGetSchema>>().toEqualTypeOf<keyof HistoryGetRequest>();
    expectTypeOf<Fields<typeof historyListSchema>>().toEqualTypeOf<keyof HistoryListRequest>();
    expectTypeOf<Fields<typeof historyStatsSchema>>().toEqualTypeOf<keyof HistoryStatsRequest>();
    expectTypeOf<Fields<typeof historyEventsSchema>>().toEqualTypeOf<keyof HistoryEventsRequest>();
    expectTypeOf<Fields<typeof historyDecisionsSchema>>().toEqualTypeOf<keyof DecisionsRequest>();
    expectTypeOf<Fields<typeof historySearchSchema>>().toEqualTypeOf<keyof HistorySearchRequest>();
  });
});
