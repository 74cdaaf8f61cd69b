import type { BulkAction, BulkRun } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import { sha256 } from '@precedent/ports';

/** The tasks that a preview has counted, and who may start what on them. */
export interface StoredSet {
  readonly action: BulkAction;
  readonly run?: BulkRun | undefined;
  readonly namespace: string;
  /** Of the task that acts on them. */
  readonly project: string;
  /** The name of the principal; absent where access is open. */
  readonly principal?: string | undefined;
  readonly expiresAt: EpochMs;
  readonly ids: readonly string[];
}

export const setText = (set: StoredSet): string => JSON.stringify(set);

/** A token names a set by an id that cannot be guessed, and by what is in it. */
export const tokenOf = (id: string, text: string): string => `${id}.${sha256(text)}`;

/** Throws INVALID_REQUEST for a text that is no token. */
export const idInToken = (token: string): string => {
  const [id, ...more] = token.split('.');
  if (id === undefined || !UUID.test(id) || more.length !== 1) throw invalidToken();
  return id;
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Throws INVALID_REQUEST when what is stored is not what the token is for. */
export const setOf = (token: string, content: Uint8Array | undefined): StoredSet => {
  const text = content === undefined ? undefined : Buffer.from(content).toString();
  if (text === undefined || tokenOf(idInToken(token), text) !== token) throw invalidToken();
  return JSON.parse(text) as StoredSet;
};

/** The same for every reason: it says nothing about what others have previewed. */
export const invalidToken = (): AppError => {
  const message = 'expected the token of a preview of yours that has not been started and is not too old';
  return new AppError('INVALID_REQUEST', `token: ${message}`, { issues: [{ field: 'token', message }] });
};
