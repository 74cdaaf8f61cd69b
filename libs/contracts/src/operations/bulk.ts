import type { BulkPreview, BulkSample } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { TASK_STATES } from '@precedent/contract-types';
import { z } from 'zod';
import { bulkActionSchema, bulkPreviewRequestSchema, bulkStartRequestSchema } from '../bulk.ts';
import { catalogueOf } from './operation.ts';
import { ENGINE } from './places.ts';
import { TASK_UNTRUSTED, taskViewSchema } from './task-views.ts';
import { value, view } from './view.ts';

const sampleSchema = view<BulkSample>('BulkSample', {
  id: value.text,
  project: value.text,
  type: value.text,
  band: z.enum(BANDS),
  state: z.enum(TASK_STATES),
  name: value.text.exactOptional(),
  submittedAt: value.at,
});

const previewReplySchema = view<BulkPreview>('BulkPreview', {
  action: bulkActionSchema,
  count: value.count,
  seq: value.count.describe('sequence of the journal at which the set was fixed'),
  sample: z.array(sampleSchema),
  token: value.text
    .exactOptional()
    .describe('starts the action for exactly this set; absent when the set is empty'),
  expiresAt: value.at.exactOptional(),
});

/** The same operation on many tasks. A submitter may cancel tasks of its own without the right, so it may do that to many of them. */
export const BULK_OPERATIONS = catalogueOf(ENGINE, {
  bulkPreview: {
    summary:
      'Counts the tasks that a filter finds and the caller may act on, shows some of them, and gives a token for exactly these. Nothing is done to them.',
    request: bulkPreviewRequestSchema,
    reply: previewReplySchema,
    errors: ['HISTORY_UNAVAILABLE', 'NATS_UNREACHABLE'],
    right: 'control',
    reach: 'namespace',
    mutates: false,
    untrusted: ['sample[].name'],
  },
  bulkStart: {
    summary:
      'Starts what a preview was for, as a task of the low band: its progress and its result say what came of each of the tasks. The same token names the same task.',
    request: bulkStartRequestSchema,
    reply: taskViewSchema,
    errors: ['EXPIRED', 'QUEUE_FULL', 'JOURNAL_UNAVAILABLE', 'NATS_UNREACHABLE'],
    right: 'control',
    reach: 'namespace',
    mutates: true,
    untrusted: TASK_UNTRUSTED,
  },
});
