import { OPEN_SCOPE } from '@precedent/access';
import type { AccessScope } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import type { CallingPrincipal } from '@precedent/ports';
import { callerOf } from '../services/caller-gate.ts';
import type { Gate } from '../services/caller-gate.ts';

const READING = { right: 'read', reach: 'namespace' } as const;

/** What a caller may read now. Throws UNAUTHENTICATED or FORBIDDEN. `gate` is `undefined` where access is open. */
export const callerScopes =
  (gate: Gate | undefined) =>
  (caller: CallingPrincipal | undefined, project: string | undefined): AccessScope => {
    if (gate === undefined || caller === undefined) return OPEN_SCOPE;
    const { namespace, credential } = caller;
    const principal = gate.callers.principalOf(credential);
    if (principal === undefined)
      throw new AppError('UNAUTHENTICATED', `the credential ${credential} is not valid any more`);
    return callerOf({ principal, namespace }, READING, { project }, gate.now()).scope;
  };
