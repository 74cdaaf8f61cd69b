import type { AccessScope } from '@precedent/contract-types';
import { AppError, messageOf } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { AccessRegistry, CallingPrincipal, StoredWebhook } from '@precedent/ports';

/** On whose behalf webhooks read events. */
export interface WebhookPrincipals {
  /** `undefined`: for our own program, which may read everything. Throws FORBIDDEN where the principal may not read there, or not any more. */
  callerOf(webhook: StoredWebhook): CallingPrincipal | undefined;
}

/** Where access is open. */
export const OPEN_PRINCIPALS: WebhookPrincipals = { callerOf: () => undefined };

export interface PrincipalsOptions {
  readonly registry: Pick<AccessRegistry, 'keys' | 'principalOf' | 'tokenCredentialOf'>;
  /** What a caller may read now. Throws UNAUTHENTICATED or FORBIDDEN. */
  readonly scopeOf: (caller: CallingPrincipal, project: string | undefined) => AccessScope;
  readonly now: () => EpochMs;
}

/** Webhooks read with any credential of their principal that is valid now. */
export const webhookPrincipals = ({ registry, scopeOf, now }: PrincipalsOptions): WebhookPrincipals => ({
  callerOf: ({ namespace, project, principal }) => {
    if (principal === undefined) return undefined;
    const credential = credentialOf(registry, principal, now());
    if (credential === undefined) throw suspended(`${principal} has no valid credential`);
    const caller = { namespace, credential };
    try {
      scopeOf(caller, project);
    } catch (error) {
      throw suspended(`${principal} may not read there: ${messageOf(error)}`);
    }
    return caller;
  },
});

const suspended = (reason: string): AppError => new AppError('FORBIDDEN', reason);

const credentialOf = (
  registry: PrincipalsOptions['registry'],
  principal: string,
  now: EpochMs,
): string | undefined => {
  const isValid = (id: string): boolean => registry.principalOf(id, now) !== undefined;
  const key = registry.keys().find((one) => one.principal === principal && isValid(one.id));
  if (key !== undefined) return key.id;
  const token = registry.tokenCredentialOf(principal);
  return token !== undefined && isValid(token) ? token : undefined;
};
