import { VERDICTS } from '@precedent/contract-types';
import type { CreateWebhookRequest, UpdateWebhookRequest } from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { SealedSecret, StoredWebhook } from '@precedent/ports';

export interface Making {
  readonly id: string;
  readonly namespace: string;
  readonly principal: string | undefined;
  readonly secret: SealedSecret;
  readonly from: string;
  readonly now: EpochMs;
}

/** A webhook as it is made. Without events it gets the verdicts. */
export const newWebhook = (
  { project, url, events = VERDICTS, types, bands, description }: CreateWebhookRequest,
  { id, namespace, principal, secret, from, now }: Making,
): StoredWebhook => ({
  id,
  namespace,
  url,
  events,
  enabled: true,
  createdAt: now,
  updatedAt: now,
  secrets: [secret],
  from,
  ...defined({ project, types: some(types), bands: some(bands), description, principal }),
});

/** An empty list is no condition. */
const some = <T>(list: readonly T[] | undefined): readonly T[] | undefined =>
  list === undefined || list.length === 0 ? undefined : list;

export interface Changing {
  readonly principal: string | undefined;
  readonly now: EpochMs;
  /** Where it goes on when it is enabled again. */
  readonly from: string | undefined;
}

/** A webhook after a change. What it gets from then on is what the principal of the change may read. */
export const changedWebhook = (
  stored: StoredWebhook,
  request: UpdateWebhookRequest,
  { principal, now, from }: Changing,
): StoredWebhook => {
  const { types, bands, principal: _, disabledBecause, ...kept } = stored;
  const { url, events, description, enabled = stored.enabled } = request;
  return {
    ...kept,
    ...defined({ url, events, description, from }),
    ...defined({ types: some(request.types ?? types), bands: some(request.bands ?? bands), principal }),
    enabled,
    updatedAt: now,
    ...(!enabled && request.enabled === undefined && defined({ disabledBecause })),
  };
};

/** Whether a change enables a webhook that was disabled. */
export const isEnabling = (stored: StoredWebhook, { enabled }: UpdateWebhookRequest): boolean =>
  enabled === true && !stored.enabled;
