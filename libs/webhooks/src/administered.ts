import { hasRight } from '@precedent/access';
import { ANY } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { Caller, StoredWebhook } from '@precedent/ports';

/** Whether a caller administers a webhook: in all of its namespace, or in its project. */
export const administers = (
  { principal, scope }: Caller,
  { namespace, project = ANY }: Pick<StoredWebhook, 'namespace' | 'project'>,
  now: EpochMs,
): boolean =>
  (scope.namespace === ANY || scope.namespace === namespace) &&
  (principal === undefined || hasRight(principal, 'administer', { namespace, project }, now));

export const unknownWebhook = (id: string): AppError =>
  new AppError('WEBHOOK_NOT_FOUND', `there is no webhook ${id}`);

/** Throws WEBHOOK_NOT_FOUND for one that is not there, or not administered. */
export const administered = (
  webhook: StoredWebhook | undefined,
  id: string,
  { caller, now }: { readonly caller: Caller; readonly now: EpochMs },
): StoredWebhook => {
  if (webhook !== undefined && administers(caller, webhook, now)) return webhook;
  throw unknownWebhook(id);
};
