import { settlesWithin } from '@precedent/kernel';
import type { Attempts } from './handlers.ts';
import type { StopTimes } from './settings.ts';

/** What an orderly end needs of the rest. */
export interface EndingParts {
  readonly times: StopTimes;
  readonly attempts: Attempts;
  /** Takes no more work; resolves when nothing runs. */
  readonly drain: () => Promise<void>;
  /** Aborts what runs, and gives it back; resolves when the engine knows. */
  readonly stop: () => Promise<void>;
  /** Closes the connection. */
  readonly close: () => Promise<void>;
}

/** The end of the worker: once, however often it is requested. */
export interface Ending {
  readonly begun: boolean;
  /** Lets attempts finish within the drain time, then ends them. Resolves when nothing runs any more. */
  finish(): Promise<void>;
  /** The same, but attempts are ended now; also while `finish` waits for them. */
  force(): Promise<void>;
  /** The same in at most 3.5 seconds, whatever times are configured: the process that started this one is gone. */
  abandon(): Promise<void>;
}

const ABANDON_GRACE_MS = 1_500;
const ABANDON_LEAVE_MS = 800;

export const ending = ({ times, attempts, drain, stop, close }: EndingParts): Ending => {
  const hurried = Promise.withResolvers<void>();
  let { graceMs, leaveMs } = times;
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await settlesWithin(Promise.race([drain(), hurried.promise]), times.drainMs);
    attempts.limitGrace(graceMs);
    // Attempts may take a moment longer than the session waits for: what is left of them must not outlive us.
    await settlesWithin(Promise.all([stop(), attempts.ended()]), graceMs + leaveMs);
    await settlesWithin(close(), leaveMs);
  };
  const finish = (): Promise<void> => (ended ??= end());
  const force = (): Promise<void> => {
    hurried.resolve();
    return finish();
  };
  return {
    get begun() {
      return ended !== undefined;
    },
    finish,
    force,
    abandon: () => {
      graceMs = Math.min(graceMs, ABANDON_GRACE_MS);
      leaveMs = Math.min(leaveMs, ABANDON_LEAVE_MS);
      return force();
    },
  };
};
