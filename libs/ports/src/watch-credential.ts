import { isAppError, startInterval } from '@precedent/kernel';
import type { Authenticate } from './caller-session.port.ts';

export interface WatchedCredential {
  readonly authenticate: Authenticate;
  readonly token: string;
  /** The address of the client. */
  readonly from: string;
  /** Between two looks. */
  readonly intervalMs: number;
}

/** Calls `onEnd` with the reason when a credential does not count any more: a key may be revoked, and a token expire. Returns what ends that. */
export const watchCredential = (
  { authenticate, token, from, intervalMs }: WatchedCredential,
  onEnd: (reason: unknown) => void,
): (() => void) => {
  const check = async (): Promise<void> => {
    try {
      await authenticate(token, from);
    } catch (error) {
      // What cannot be decided now is decided the next time.
      if (isAppError(error) && error.code === 'UNAUTHENTICATED') onEnd(error);
    }
  };
  const timer = startInterval(intervalMs, () => void check());
  return () => timer.cancel();
};
