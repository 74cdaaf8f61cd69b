import { formatDuration, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Engine } from '@precedent/engine';
import type { Clock, Telemetry } from '@precedent/ports';

/** Milliseconds before an engine that was fenced stands by again. */
const REJOIN_MS = 500;

/** Failures of a running engine after which it stands by for the cell again. */
const REJOINS: ReadonlySet<string> = new Set(['JOURNAL_FENCED', 'CELL_OWNED', 'PAYLOAD_TOO_LARGE']);

/**
 * Restarts an engine in this process after another engine has taken the cell, and after the server has lowered its message limit: it drops
 * its state and stands by for the cell again. Any other failure calls `onEnd`.
 */
export const keepAlive = (engine: Engine, onEnd: (problem: Problem) => void): void => {
  const failed = (problem: Problem): void => {
    if (!REJOINS.has(problem.code)) return onEnd(problem);
    engine.reset();
    setTimeout(() => {
      engine.start().catch((error: unknown) => failed(engine.problem ?? problemOf(error)));
    }, REJOIN_MS);
  };
  engine.onFailed = failed;
};

/** One line for people: the state, the epoch, and the time of the start. */
export const readyLine = (engine: Engine, sinceMs: number): string =>
  `engine ${engine.state}, epoch ${engine.cell?.epoch ?? 0}, ready in ${formatDuration(sinceMs)}`;

/** Standing by for longer than this is reported as ready: the lease of a killed engine ends sooner. Milliseconds. */
const STANDBY_READY_MS = 4_000;

/** Passes every event on. Calls `onSettled` once, when another engine, its argument, has owned the cell for some seconds. */
export const reportStandby = (
  next: Telemetry,
  clock: Clock,
  onSettled: (owner: string) => void,
): Telemetry => {
  let [since, isSettled] = [Infinity, false];
  return {
    emit: (event) => {
      next.emit(event);
      if (event.name === 'engine.state') since = Infinity;
      if (event.name !== 'engine.standby') return;
      since = Math.min(since, clock.now());
      if (isSettled || clock.now() - since < STANDBY_READY_MS) return;
      isSettled = true;
      onSettled(event.owner);
    },
  };
};
