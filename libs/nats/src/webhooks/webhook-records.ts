import { WEBHOOK_EVENTS } from '@precedent/contract-types';
import { BANDS } from '@precedent/kernel';
import type { StoredWebhook, WebhookPosition } from '@precedent/ports';
import { z } from 'zod';
import { decode } from '../validation/decode.ts';

const time = z.number().nonnegative();
const text = z.string();

const webhookSchema = z.strictObject({
  id: text.regex(/^[A-Za-z0-9_-]{1,64}$/),
  namespace: text,
  project: text.exactOptional(),
  url: text,
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  types: z.array(text).exactOptional(),
  bands: z.array(z.enum(BANDS)).exactOptional(),
  description: text.exactOptional(),
  enabled: z.boolean(),
  principal: text.exactOptional(),
  createdAt: time,
  updatedAt: time,
  secrets: z.array(z.strictObject({ sealed: text, createdAt: time, expiresAt: time.exactOptional() })),
  disabledBecause: text.exactOptional(),
  from: text,
}) satisfies z.ZodType<StoredWebhook>;

const positionSchema = z.strictObject({
  at: text,
  gap: z.strictObject({ from: text, to: text }).exactOptional(),
}) satisfies z.ZodType<WebhookPosition>;

/** A field that we do not know makes an entry unreadable: it may restrict what is sent. */
export const readWebhook = (value: Uint8Array): StoredWebhook | undefined => {
  const read = decode(value);
  return 'unreadable' in read ? undefined : webhookSchema.safeParse(read.value).data;
};

export const readPosition = (value: Uint8Array): WebhookPosition | undefined => {
  const read = decode(value);
  return 'unreadable' in read ? undefined : positionSchema.safeParse(read.value).data;
};
