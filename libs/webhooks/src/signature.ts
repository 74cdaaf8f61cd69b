import { createHmac, randomBytes } from 'node:crypto';
import type { EpochMs } from '@precedent/kernel';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

/** A secret as Standard Webhooks writes it. */
export const newSecret = (): string => PREFIX + randomBytes(SECRET_BYTES).toString('base64');

export interface SignedMessage {
  readonly id: string;
  /** Of the attempt: receivers refuse what is older than five minutes. */
  readonly at: EpochMs;
  readonly body: string;
  readonly secrets: readonly string[];
}

/** The headers of Standard Webhooks, with a signature for each secret. */
export const signatureHeaders = ({ id, at, body, secrets }: SignedMessage): Record<string, string> => {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => `v1,${signatureOf(`${id}.${timestamp}.${body}`, secret)}`);
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.join(' '),
  };
};

const signatureOf = (text: string, secret: string): string =>
  createHmac('sha256', Buffer.from(secret.slice(PREFIX.length), 'base64'))
    .update(text)
    .digest('base64');
