import { formatDuration, problemOf } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { Engine } from '@precedent/engine';
import type { Clock, Telemetry } from '@precedent/ports';

/** Milliseconds before an engine that was fenced stands in line again. */
const REJOIN_MS = 500;

/** What may happen to a running engine that only another try can mend. */
const REJOINS: ReadonlySet<string> = new Set(['JOURNAL_FENCED', 'CELL_OWNED', 'PAYLOAD_TOO_LARGE']);

/**
 * Keeps an engine alive over being succeeded, and over a journal that takes smaller entries than before: it steps down, forgets all it knew, and stands by for the cell again.
 * Any other failure ends it.
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

/** One line for people: what is open, and how fast it was. */
export const readyLine = (engine: Engine, sinceMs: number): string =>
  `engine ${engine.state}, epoch ${engine.cell?.core.epoch ?? 0}, ready in ${formatDuration(sinceMs)}`;

/** Milliseconds between two signs of life while standing by; whoever started us gives up on a program that says nothing. */
const STANDBY_SIGN_MS = 20_000;

/** Passes every event on, and tells whoever started us now and then that standing by is not being stuck. */
export const tellStandby = (next: Telemetry, clock: Clock, tell: (text: string) => void): Telemetry => {
  let toldAt = -STANDBY_SIGN_MS;
  return {
    emit: (event) => {
      next.emit(event);
      if (event.name !== 'engine.standby' || clock.now() - toldAt < STANDBY_SIGN_MS) return;
      toldAt = clock.now();
      tell(`standing by: the cell is owned by ${event.owner}`);
    },
  };
};
