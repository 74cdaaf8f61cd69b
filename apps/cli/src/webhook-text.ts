import type { DeliveryView, TestWebhookReply, WebhookView } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { fieldsText, timeText } from './output.ts';
import { tableText } from './terminal/table.ts';
import type { Page } from './terminal/table.ts';
import { visibleLine } from './terminal/visible.ts';

export const webhooksText = (webhooks: readonly WebhookView[], page: Page): string =>
  tableText(
    [
      'id',
      'state',
      'namespace',
      'project',
      { heading: 'url', min: 20 },
      { heading: 'events', min: 10, drop: 1 },
    ],
    webhooks.map(({ id, state, namespace, project = '*', url, events }) => [
      id,
      state,
      namespace,
      project,
      url,
      events.join(','),
    ]),
    page,
  );

export const webhookText = (webhook: WebhookView, now: EpochMs): string =>
  fieldsText([
    ['id', webhook.id],
    ['state', webhook.state],
    ['reason', webhook.reason && visibleLine(webhook.reason)],
    ['url', visibleLine(webhook.url)],
    ['namespace', webhook.namespace],
    ['project', webhook.project ?? 'all'],
    ['events', webhook.events.join(', ')],
    ['types', webhook.types?.join(', ')],
    ['bands', webhook.bands?.join(', ')],
    ['description', webhook.description && visibleLine(webhook.description)],
    ['principal', webhook.principal],
    ['secrets', String(webhook.secrets)],
    ['changed', timeText(webhook.updatedAt, now)],
    ['position', webhook.position],
    ['gap', webhook.gap && `${webhook.gap.from} to ${webhook.gap.to}`],
  ]);

export const deliveriesText = (deliveries: readonly DeliveryView[], page: Page): string =>
  tableText(
    [
      'id',
      'state',
      'event',
      'task',
      'tries',
      { heading: 'submitted', drop: 1 },
      { heading: 'error', min: 10 },
    ],
    deliveries.map((delivery) => [
      delivery.id,
      delivery.state,
      delivery.event ?? '',
      delivery.task ?? '',
      String(delivery.attempt),
      timeText(delivery.submittedAt, page.now) ?? '',
      delivery.error?.message ?? '',
    ]),
    page,
  );

export const testText = ({ ok, status, durationMs, body, failure }: TestWebhookReply): string => {
  if (failure !== undefined) return `not delivered: ${visibleLine(failure.message)}\n`;
  const head = `${ok ? 'delivered' : 'not delivered'}: the receiver answered ${status} in ${durationMs} ms\n`;
  return body === undefined ? head : `${head}${visibleLine(body)}\n`;
};
