import type {
  DecisionView,
  DryRunView,
  PredictedDuration,
  StartEstimate,
  WhyView,
  WithinMs,
} from '@precedent/contract-types';
import { z } from 'zod';
import { anyJson } from '../task-spec.ts';
import { taskViewSchema } from './task-views.ts';
import type { ShapeOf } from './view.ts';
import { inner, value, view } from './view.ts';

const { at, count, ms, text, texts } = value;

export const decisionViewSchema = view<DecisionView>('Decision', {
  id: text,
  at,
  task: text.describe('that the decision is about'),
  outcome: text,
  victims: texts,
  explanation: text,
  record: anyJson.describe('the input of the decision, from which it is made again'),
});

const withinShape: ShapeOf<WithinMs> = { earliest: ms, likely: ms, latest: ms };

const startEstimateSchema = view<StartEstimate>('StartEstimate', {
  ...withinShape,
  basis: z
    .enum(['predictions', 'pace'])
    .describe('how long the tasks before it take, or how many were settled recently'),
  support: count.exactOptional().describe('runs that the weakest of the predictions rests on'),
});

export const whyViewSchema = view<WhyView>('Explanation', {
  task: taskViewSchema,
  reasons: texts.describe('the nearest first'),
  place: inner<NonNullable<WhyView['place']>>({ before: count, ofBand: count }).exactOptional(),
  startsInMs: startEstimateSchema.exactOptional(),
  duration: inner<PredictedDuration>({ p10: ms, p50: ms, p90: ms, support: count })
    .exactOptional()
    .describe('of an attempt, by runs of similar tasks'),
  endsInMs: inner<WithinMs>(withinShape)
    .exactOptional()
    .describe('absent when it runs longer than nine in ten'),
  preemptedBy: z.array(decisionViewSchema),
  displaced: z.array(decisionViewSchema),
  decisions: z.array(decisionViewSchema),
});

export const dryRunViewSchema = view<DryRunView>('DryRun', {
  startsOn: text.exactOptional().describe('the worker with a free slot'),
  outcome: text,
  explanation: text,
  candidates: z.array(z.object({ id: text, worker: text, fate: text })),
});

export const decisionsReplySchema: z.ZodType<readonly DecisionView[]> = z.array(decisionViewSchema);
