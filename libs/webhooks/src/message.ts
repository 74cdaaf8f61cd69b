import type { JournalledEvent } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';

/** What is sent to a receiver: a structured CloudEvent. */
export interface WebhookMessage {
  /** The same for every attempt, and when it is delivered again. */
  readonly id: string;
  readonly body: string;
}

export const CONTENT_TYPE = 'application/cloudevents+json';

/** The id of an event for a webhook. It is the id of the task that delivers it too: so the same event makes one task. */
export const messageIdOf = (webhook: string, sequence: string): string =>
  `${webhook}-${sequence.replace('.', '-')}`;

/** The message of an event: the same text each time. */
export const eventMessage = (webhook: string, cell: string, event: JournalledEvent): WebhookMessage =>
  messageOf({
    id: messageIdOf(webhook, event.sequence),
    cell,
    type: `precedent.task.${event.event}.v1`,
    subject: event.id,
    at: event.at,
    more: { sequence: event.sequence },
    content: event,
  });

/** A message with which an operator tries a webhook. */
export const testMessage = (
  webhook: string,
  cell: string,
  { id, at }: { readonly id: string; readonly at: EpochMs },
): WebhookMessage =>
  messageOf({
    id: `${webhook}-${id}`,
    cell,
    type: 'precedent.webhook.test.v1',
    subject: webhook,
    at,
    content: { webhook },
  });

interface Parts {
  readonly id: string;
  readonly cell: string;
  readonly type: string;
  readonly subject: string;
  readonly at: EpochMs;
  readonly more?: Readonly<Record<string, string>>;
  readonly content: unknown;
}

const messageOf = ({ id, cell, type, subject, at, more, content }: Parts): WebhookMessage => ({
  id,
  body: JSON.stringify({
    specversion: '1.0',
    id,
    source: `precedent/${cell}`,
    type,
    subject,
    time: new Date(at).toISOString(),
    datacontenttype: 'application/json',
    ...more,
    data: content,
  }),
});
