import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { SealedSecret, TextSeal } from '@precedent/ports';
import { newSecret } from './signature.ts';

/** A new secret, and what is stored of it. */
export const madeSecret = (seal: TextSeal, webhook: string, createdAt: EpochMs) => {
  const secret = newSecret();
  const stored: SealedSecret = { sealed: seal.seal(secret, webhook), createdAt };
  return { secret, stored };
};

/** Those that sign now, the latest first. */
export const liveSecrets = (secrets: readonly SealedSecret[], now: EpochMs): readonly SealedSecret[] =>
  secrets.filter(({ expiresAt = Infinity }) => now < expiresAt);

/** The secrets after a rotation: the new one, and that before until it ends. Never more than two. */
export const rotatedSecrets = (
  secrets: readonly SealedSecret[],
  made: SealedSecret,
  overlapMs: number,
): readonly SealedSecret[] => {
  const [before] = liveSecrets(secrets, made.createdAt);
  if (before === undefined || overlapMs === 0) return [made];
  const end = made.createdAt + overlapMs;
  return [made, { ...before, expiresAt: Math.min(end, before.expiresAt ?? end) }];
};

/** What signs now. Throws INVALID_CONFIG where this gateway can open none of the secrets; another one may. */
export const openedSecrets = (
  seal: TextSeal,
  webhook: { readonly id: string; readonly secrets: readonly SealedSecret[] },
  now: EpochMs,
): readonly string[] => {
  const opened = liveSecrets(webhook.secrets, now).flatMap(
    ({ sealed }) => seal.open(sealed, webhook.id) ?? [],
  );
  if (opened.length > 0) return opened;
  throw Object.assign(new AppError('INVALID_CONFIG', UNOPENED), { retryable: true });
};

const UNOPENED =
  'no secret of the webhook can be opened here: all gateways of a cell need the same gateway.secret; rotate makes a new one';
