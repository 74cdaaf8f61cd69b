import type { LimitKeyView, LimitUseView } from '@precedent/contract-types';
import { z } from 'zod';
import { limitSpecSchema } from '../definitions/limit.ts';
import { getDefinitionSchema } from '../definitions/requests.ts';
import { definitionOperations, definitionPlace } from './definition-operations.ts';
import { catalogueOf } from './operation.ts';
import { value, view } from './view.ts';

const { at, count, text, texts } = value;

const keySchema = view<LimitKeyView>('LimitKey', {
  key: text.describe('empty: the limit has one key for all tasks'),
  held: count.describe('leases under it whose code has not ended'),
  holders: texts.describe('their tasks, 10 at most'),
  waiting: count.describe('tasks that are queued under it'),
  opensAt: at
    .exactOptional()
    .describe('when its rate, or a handler that requested a pause, lets the next task start; absent: now'),
});

const useSchema = view<LimitUseView>('LimitUse', {
  namespace: text,
  name: text,
  keys: z.array(keySchema).describe('those with most waiting tasks first, 1,000 at most'),
  keyCount: count.describe('keys that are in use'),
  held: count,
  waiting: count,
  refused: count.describe('tasks that were refused or cancelled as they came, since this engine leads'),
  superseded: count.describe('tasks that were cancelled for a later one, since this engine leads'),
});

/** How many tasks may run at once, or start in a time. */
export const LIMIT_OPERATIONS = catalogueOf(definitionPlace('limit'), {
  ...definitionOperations({
    kind: 'limit',
    nouns: ['limit', 'limits'],
    spec: limitSpecSchema,
    viewName: 'Limit',
  }),
  show: {
    summary: 'What a limit holds now, by key: tasks with a lease, and how many wait.',
    request: getDefinitionSchema,
    reply: useSchema,
    errors: ['DEFINITION_NOT_FOUND'],
    right: 'read',
    reach: 'namespace',
    mutates: false,
    untrusted: ['keys[].key', 'keys[].holders[]'],
  },
});
