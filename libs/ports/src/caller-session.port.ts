import type { Grant } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { CallingPrincipal } from './operation-calls.port.ts';

/** Who sends a request to the gateway, once the credential was checked. */
export interface CallerSession {
  /** Absent where access is open: then its key is that of the data folder. */
  readonly credential?: string;
  /** The name of the principal, whichever of its credentials it comes with. Absent where access is open. */
  readonly principal?: string;
  /** The namespace of a request that names none. */
  readonly namespace: string;
  /** The highest band in which it may submit tasks. */
  readonly highestBand: Band;
  /** What it may do. Absent where access is open: everything. */
  readonly grants?: readonly Grant[];
  readonly quota?: Quota;
}

/** How many requests a credential may send in a window of time. */
export interface Quota {
  readonly limit: number;
  /** Milliseconds. */
  readonly windowMs: number;
  readonly remaining: number;
  /** When there are `limit` again, in milliseconds from now. */
  readonly resetMs: number;
}

/** Checks a credential. Throws UNAUTHENTICATED. */
export type Authenticate = (token: string, from: string) => Promise<CallerSession>;

const SCHEME = /^Bearer +(\S+)$/i;

/** The credential of the header Authorization. Throws UNAUTHENTICATED. */
export const tokenIn = (header: string | undefined): string => {
  const [, token] = SCHEME.exec(header ?? '') ?? [];
  if (token !== undefined) return token;
  const message =
    header === undefined
      ? 'no credential: send the header "Authorization: Bearer <key>"'
      : 'the header Authorization is not of the form "Bearer <key>"';
  throw new AppError('UNAUTHENTICATED', message);
};

export const NAMESPACE_PATTERN = /^[A-Za-z0-9_-]{1,64}$/;

/** On whose behalf the services are called. Throws INVALID_REQUEST for what is no namespace, because it becomes part of a subject. */
export const callerFor = (
  { credential, namespace }: CallerSession,
  requested: unknown,
): CallingPrincipal | undefined => {
  if (credential === undefined) return undefined;
  const named = typeof requested === 'string' ? requested : namespace;
  if (!NAMESPACE_PATTERN.test(named))
    throw new AppError(
      'INVALID_REQUEST',
      `namespace: expected letters, digits, "_" and "-", got ${JSON.stringify(named)}`,
      {
        issues: [{ field: 'namespace', message: 'expected letters, digits, "_" and "-"' }],
      },
    );
  return { namespace: named, credential };
};
