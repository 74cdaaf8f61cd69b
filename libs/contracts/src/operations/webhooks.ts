import { WEBHOOK_EVENTS, TASK_STATES } from '@precedent/contract-types';
import type {
  DeliveriesReply,
  DeliveryView,
  NewWebhookView,
  RedeliverReply,
  TestWebhookReply,
  WebhookView,
  WebhooksReply,
} from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import { z } from 'zod';
import {
  createWebhookSchema,
  deliveriesSchema,
  listWebhooksSchema,
  redeliverSchema,
  rotateWebhookSchema,
  updateWebhookSchema,
  webhookIdSchema,
} from '../webhook-requests.ts';
import { problemViewSchema } from './named.ts';
import { catalogueOf } from './operation.ts';
import { WEBHOOKS } from './places.ts';
import { cursor, inner, memberOf, value, view } from './view.ts';
import type { ShapeOf } from './view.ts';

const { at, count, ms, text, texts } = value;

const webhookShape: ShapeOf<WebhookView> = {
  id: text,
  namespace: text,
  project: text.exactOptional(),
  url: text,
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  types: texts.exactOptional(),
  bands: z.array(z.enum(BANDS)).exactOptional(),
  description: text.exactOptional(),
  enabled: z.boolean(),
  state: memberOf({ active: true, disabled: true, suspended: true }).describe(
    '`suspended`: its principal has no valid credential, or may not read there any more',
  ),
  reason: text.exactOptional().describe('why it is not active'),
  principal: text.exactOptional().describe('who made it, or changed it last: it gets what this one may read'),
  createdAt: at,
  updatedAt: at,
  secrets: count.describe('secrets that sign now'),
  position: text.exactOptional().describe('the sequence of the event up to which deliveries were submitted'),
  gap: inner<NonNullable<WebhookView['gap']>>({ from: text, to: text })
    .exactOptional()
    .describe('events between these were forgotten before they could be delivered'),
};

const webhookSchema = view<WebhookView>('Webhook', webhookShape);
const newWebhookSchema = view<NewWebhookView>('NewWebhook', {
  ...webhookShape,
  secret: text.describe('what the receiver verifies signatures with: only this answer has it'),
});
const webhooksReplySchema = view<WebhooksReply>('Webhooks', { webhooks: z.array(webhookSchema) });

const deliverySchema = view<DeliveryView>('Delivery', {
  id: text.describe('of the task that delivers'),
  messageId: text.describe('under which the receiver gets the event, the same each time'),
  event: text.exactOptional(),
  task: text.exactOptional().describe('to which the event happened'),
  state: z.enum(TASK_STATES),
  attempt: count.describe('tries so far'),
  submittedAt: at,
  dueAt: at.exactOptional(),
  settledAt: at.exactOptional(),
  error: problemViewSchema
    .exactOptional()
    .describe('why it failed last; its details are what the receiver answered'),
});
const deliveriesReplySchema = view<DeliveriesReply>('Deliveries', {
  deliveries: z.array(deliverySchema),
  cursor,
});
const redeliverReplySchema = view<RedeliverReply>('Redelivered', {
  deliveries: texts.describe('the new ones'),
  cursor: cursor.describe('there are more: for the next request'),
});
const testReplySchema = view<TestWebhookReply>('WebhookTest', {
  ok: z.boolean(),
  status: count.exactOptional(),
  durationMs: ms,
  body: text.exactOptional().describe('the beginning of what the receiver answered'),
  failure: problemViewSchema.exactOptional().describe('why no answer came'),
});

const administers = { errors: [], right: 'administer', reach: 'namespace', mutates: false } as const;
const ofOne = { ...administers, errors: ['WEBHOOK_NOT_FOUND'] } as const;
const changes = { ...ofOne, mutates: true } as const;

/** Where events of tasks are sent to. With a grant of one project only: the webhooks of that project. */
export const WEBHOOK_OPERATIONS = catalogueOf(WEBHOOKS, {
  create: {
    ...changes,
    summary: 'Makes a webhook. The answer is the only place where its secret appears.',
    request: createWebhookSchema,
    reply: newWebhookSchema,
    errors: ['HISTORY_UNAVAILABLE'],
  },
  list: {
    ...administers,
    summary: 'The webhooks that the caller administers, by id.',
    request: listWebhooksSchema,
    reply: webhooksReplySchema,
  },
  get: {
    ...ofOne,
    summary: 'One webhook, without its secrets.',
    request: webhookIdSchema,
    reply: webhookSchema,
  },
  update: {
    ...changes,
    summary: 'Changes a webhook, enables or disables it. It then gets what this caller may read.',
    request: updateWebhookSchema,
    reply: webhookSchema,
    errors: ['WEBHOOK_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
  },
  remove: {
    ...changes,
    summary: 'Removes a webhook, and answers with what it was. What waits to be delivered fails.',
    request: webhookIdSchema,
    reply: webhookSchema,
  },
  rotate: {
    ...changes,
    summary: 'Makes another secret; for a while both sign, so that receivers can change over.',
    request: rotateWebhookSchema,
    reply: newWebhookSchema,
  },
  deliveries: {
    ...ofOne,
    summary: 'The deliveries of a webhook, the latest first.',
    request: deliveriesSchema,
    reply: deliveriesReplySchema,
    errors: ['WEBHOOK_NOT_FOUND', 'HISTORY_UNAVAILABLE'],
    untrusted: ['deliveries[].error'],
  },
  redeliver: {
    ...changes,
    summary: 'Delivers again, under the same message id: one delivery, or those that failed.',
    request: redeliverSchema,
    reply: redeliverReplySchema,
    errors: ['WEBHOOK_NOT_FOUND', 'TASK_NOT_FOUND', 'HISTORY_UNAVAILABLE', 'ENGINE_NOT_RUNNING'],
  },
  test: {
    ...changes,
    summary: 'Sends an event of the type `precedent.webhook.test.v1` now, and answers with what came back.',
    request: webhookIdSchema,
    reply: testReplySchema,
    untrusted: ['body', 'failure'],
  },
});
