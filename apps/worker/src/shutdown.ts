import { settlesWithin } from '@precedent/kernel';
import type { AttemptTracker } from './executors.ts';
import type { StopTimes } from './settings.ts';

/** What a shutdown stops, in its order. */
export interface ShutdownParts {
  readonly times: StopTimes;
  readonly attempts: AttemptTracker;
  /** Takes no more tasks; resolves when no attempt runs. */
  readonly drain: () => Promise<void>;
  /** Stops the running attempts and gives them back; resolves when the engine has their reports. */
  readonly stop: () => Promise<void>;
  /** Closes the connection. */
  readonly close: () => Promise<void>;
}

/** The shutdown of the worker. It happens once, however often it is requested. */
export interface Shutdown {
  readonly begun: boolean;
  /** Lets attempts finish within the drain time, then stops them. Resolves when no attempt runs any more. */
  finish(): Promise<void>;
  /** Stops attempts now, also while `finish` waits for them. */
  force(): Promise<void>;
  /** Like `force`, but within 3.5 seconds, whatever is configured: for when the parent process is gone. */
  abandon(): Promise<void>;
}

const ABANDON_GRACE_MS = 1_500;
const ABANDON_LEAVE_MS = 800;

export const shutdown = ({ times, attempts, drain, stop, close }: ShutdownParts): Shutdown => {
  const forced = Promise.withResolvers<void>();
  let { graceMs, leaveMs } = times;
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await settlesWithin(Promise.race([drain(), forced.promise]), times.drainMs);
    attempts.limitGrace(graceMs);
    // Attempts may take a little longer than the session waits: no process of theirs may outlive the worker.
    await settlesWithin(Promise.all([stop(), attempts.ended()]), graceMs + leaveMs);
    await settlesWithin(close(), leaveMs);
  };
  const finish = (): Promise<void> => (ended ??= end());
  const force = (): Promise<void> => {
    forced.resolve();
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
