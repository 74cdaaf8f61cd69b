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

/** The end of the worker: once, however often it is asked for. */
export interface Ending {
  readonly begun: boolean;
  /** Lets attempts finish within the drain time, then ends them. Resolves when nothing runs any more. */
  finish(): Promise<void>;
  /** The same, but attempts are ended now; also while `finish` waits for them. */
  hurry(): Promise<void>;
}

export const ending = ({ times, attempts, drain, stop, close }: EndingParts): Ending => {
  const hurried = Promise.withResolvers<void>();
  let ended: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await within(Promise.race([drain(), hurried.promise]), times.drainMs);
    attempts.limitGrace(times.graceMs);
    // Attempts may take a moment longer than the session waits for: what is left of them must not outlive us.
    await within(Promise.all([stop(), attempts.ended()]), times.graceMs + times.leaveMs);
    await within(close(), times.leaveMs);
  };
  const finish = (): Promise<void> => (ended ??= end());
  return {
    get begun() {
      return ended !== undefined;
    },
    finish,
    hurry: () => {
      hurried.resolve();
      return finish();
    },
  };
};

/** Waits for a step, but not for ever, and whether it fails or not: the end goes on. */
const within = async (step: Promise<unknown>, ms: number): Promise<void> => {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([step.catch(() => undefined), late.promise]);
  clearTimeout(timer);
};
