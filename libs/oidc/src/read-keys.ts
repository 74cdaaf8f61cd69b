import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { errorCode, fieldOf, messageOf } from '@precedent/kernel';
import type { TokenIssuer } from '@precedent/ports';
import type { KeySet } from './issuer-keys.ts';

/** For both requests. A server waits four seconds for the check of a credential. Milliseconds. */
const READ_MS = 3_000;

/** Reads the keys of a provider. Rejects with an error that names the address. */
export const readKeys = async ({ issuer, jwksUrl }: TokenIssuer): Promise<KeySet> => {
  const signal = AbortSignal.timeout(READ_MS);
  const url = jwksUrl || (await discover(issuer, signal));
  return createLocalJWKSet((await readJson(url, signal)) as JSONWebKeySet);
};

/** The address of its keys, from the configuration that every provider publishes. */
const discover = async (issuer: string, signal: AbortSignal): Promise<string> => {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const found = ((await readJson(url, signal)) ?? {}) as Readonly<Record<string, unknown>>;
  if (found['issuer'] !== issuer)
    throw new Error(`${url} is the configuration of ${JSON.stringify(found['issuer'])}`);
  const keys = found['jwks_uri'];
  const isGood = typeof keys === 'string' && (keys.startsWith('https://') || issuer.startsWith('http://'));
  if (!isGood) throw new Error(`${url} names no https address of keys`);
  return keys;
};

const readJson = async (url: string, signal: AbortSignal): Promise<unknown> => {
  const response = await fetch(url, { signal, redirect: 'error' }).catch((error: unknown) => {
    throw new Error(`${url}: ${reasonOf(error)}`, { cause: error });
  });
  if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  return await response.json();
};

/** `fetch` says "fetch failed", and the reason in its cause. */
const reasonOf = (error: unknown): string => {
  const cause = fieldOf(error, 'cause');
  return errorCode(cause) ?? messageOf(cause ?? error);
};
