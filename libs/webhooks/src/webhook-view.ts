import type { WebhookView } from '@precedent/contract-types';
import { messageOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { StoredWebhook, WebhookPosition } from '@precedent/ports';
import type { WebhookPrincipals } from './principals.ts';
import { liveSecrets } from './secrets.ts';

interface Known {
  readonly position: WebhookPosition | undefined;
  readonly principals: WebhookPrincipals;
  readonly now: EpochMs;
}

/** Field by field: what is stored of the secrets stays here. */
export const webhookView = (webhook: StoredWebhook, { position, principals, now }: Known): WebhookView => {
  const { secrets, disabledBecause: _, from, ...shown } = webhook;
  return {
    ...shown,
    ...stateOf(webhook, principals),
    secrets: liveSecrets(secrets, now).length,
    position: position?.at ?? from,
    ...(position?.gap && { gap: position.gap }),
  };
};

const stateOf = (
  webhook: StoredWebhook,
  principals: WebhookPrincipals,
): Pick<WebhookView, 'state' | 'reason'> => {
  const { enabled, disabledBecause } = webhook;
  if (!enabled)
    return { state: 'disabled', ...(disabledBecause !== undefined && { reason: disabledBecause }) };
  try {
    principals.callerOf(webhook);
    return { state: 'active' };
  } catch (error) {
    return { state: 'suspended', reason: messageOf(error) };
  }
};
