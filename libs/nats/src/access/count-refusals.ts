import type { Clock } from '@precedent/ports';
import type { RefusedConnection } from './auth-callout.ts';

/** Refusals of one kind within this time are reported together. Milliseconds. */
const WINDOW_MS = 1_000;
/** Kinds that are counted separately within a window; those of more senders are counted by reason alone. */
const KINDS_MAX = 100;

/**
 * Reports refused connections: the first of a kind at once, those of the same kind that follow within a second with their count. A client
 * without a valid key may try as often as it likes, and must not fill a log.
 */
export const countRefusals = (
  report: (refused: RefusedConnection, count: number) => void,
  clock: Pick<Clock, 'now' | 'wakeAt'>,
): ((refused: RefusedConnection) => void) => {
  const waiting = new Map<string, { readonly refused: RefusedConnection; count: number }>();
  const flush = (kind: string): void => {
    const { refused, count } = waiting.get(kind) ?? {};
    waiting.delete(kind);
    if (refused !== undefined && count !== undefined && count > 0) report(refused, count);
  };
  return (one) => {
    const refused =
      waiting.size < KINDS_MAX ? one : { reason: one.reason, credential: undefined, host: 'several' };
    const kind = JSON.stringify([refused.reason, refused.credential, refused.detail, refused.host]);
    const known = waiting.get(kind);
    if (known) {
      known.count++;
      return;
    }
    waiting.set(kind, { refused, count: 0 });
    report(refused, 1);
    clock.wakeAt(clock.now() + WINDOW_MS, () => flush(kind));
  };
};
