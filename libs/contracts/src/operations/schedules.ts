import type {
  PreviewScheduleReply,
  PreviewedTick,
  SchedulePause,
  ScheduleStatus,
  TriggerScheduleReply,
} from '@precedent/contract-types';
import { DEFINITION_RIGHTS } from '@precedent/contract-types';
import { z } from 'zod';
import {
  pauseScheduleSchema,
  previewScheduleSchema,
  scheduleRequestSchema,
  scheduleSpecSchema,
} from '../definitions/schedule.ts';
import { definitionOperations, definitionPlace, definitionViewSchema } from './definition-operations.ts';
import { catalogueOf } from './operation.ts';
import { inner, value, view } from './view.ts';

const { at, count, text, texts } = value;

const status = view<ScheduleStatus>('ScheduleStatus', {
  position: z.number().describe('epoch milliseconds: no tick at or before it comes again'),
  next: z
    .number()
    .exactOptional()
    .describe('epoch milliseconds of the next tick, without its jitter; absent where none is left'),
  zones: text.exactOptional().describe('the version of the zone data that `next` was computed with'),
  runs: count.describe('runs that were started'),
  last: text.exactOptional().describe('the nominal time of the last run'),
  open: texts.exactOptional().describe('tasks without a verdict'),
  queued: texts.exactOptional().describe('nominal times of ticks that wait for those'),
  skipped: count.exactOptional().describe('ticks that were left out, because a run was open'),
  failures: count.exactOptional().describe('failures in a row'),
  refusal: text.exactOptional().describe('why the last tick became no task'),
  paused: inner<SchedulePause>({
    at,
    until: z.number().exactOptional().describe('epoch milliseconds'),
    by: text.exactOptional(),
    reason: text.exactOptional(),
  }).exactOptional(),
});

const kind = {
  kind: 'schedule',
  nouns: ['schedule', 'schedules'],
  spec: scheduleSpecSchema,
  shown: scheduleSpecSchema.extend({ from: at.optional(), until: at.optional() }),
  viewName: 'Schedule',
  status,
  untrusted: ['spec.description', 'spec.task'],
} as const;

const reply = definitionViewSchema(kind);
const { untrusted } = kind;
const changes = { right: DEFINITION_RIGHTS.schedule, reach: 'namespace', mutates: true } as const;

/** What is run at its times, until it is deleted. */
export const SCHEDULE_OPERATIONS = catalogueOf(definitionPlace('schedule'), {
  ...definitionOperations(kind),
  pause: {
    ...changes,
    summary: 'Lets ticks of a schedule pass without a run, until it is resumed, or until a time.',
    request: pauseScheduleSchema,
    reply,
    errors: ['DEFINITION_NOT_FOUND'],
    untrusted,
  },
  resume: {
    ...changes,
    summary: 'Lets a paused schedule go on with its next tick.',
    request: scheduleRequestSchema,
    reply,
    errors: ['DEFINITION_NOT_FOUND'],
    untrusted,
  },
  trigger: {
    ...changes,
    summary: 'Runs the task of a schedule now, whatever its ticks and its other runs.',
    request: scheduleRequestSchema,
    reply: view<TriggerScheduleReply>('TriggeredSchedule', { id: text }),
    errors: ['DEFINITION_NOT_FOUND', 'QUEUE_FULL', 'JOURNAL_UNAVAILABLE'],
  },
  preview: {
    right: 'read',
    reach: 'namespace',
    mutates: false,
    summary:
      'The next ticks of a schedule, with those that the change of the clocks moves, repeats or leaves out.',
    request: previewScheduleSchema,
    reply: view<PreviewScheduleReply>('SchedulePreview', {
      ticks: z.array(
        inner<PreviewedTick>({
          at,
          startsAt: z.number().describe('epoch milliseconds, with its jitter'),
          nominal: text.describe('the time on the wall'),
          runs: z.boolean().describe('`false`: the policy for gaps or overlaps leaves it out'),
          clocks: z
            .enum(['gap', 'first', 'last'])
            .exactOptional()
            .describe('`gap`: the clocks skip it; `first`, `last`: they show it twice'),
        }),
      ),
      zones: text.describe('the version of the zone data'),
    }),
    errors: ['DEFINITION_NOT_FOUND'],
  },
});
