import type { StopRequest } from '@precedent/contract-types';
import { AppError, onAbort, settlesWithin, startTimer } from '@precedent/kernel';
import type { JobContext } from '@precedent/ports';
import type { FolderKeeper } from '../checkpoint/folder-keeper.ts';
import { stopError, stopRequestOf } from '../stop.ts';
import { YieldSignal, yieldRequestOf } from '../yield-signal.ts';
import { failureOf } from './verdict.ts';
import type { CommandResult } from './verdict.ts';

/** A command of which nothing runs any more. */
export interface Ended {
  readonly result: CommandResult;
  /** Its save signal ended it: it did not know it yet, because it had just started. That is not its fault. */
  readonly isCutShort: boolean;
  /** Why it was told to stop, if it was. */
  readonly request: StopRequest | undefined;
  /** Milliseconds that are left of the stop's grace. */
  readonly graceLeftMs: number;
  readonly context: Pick<JobContext, 'signal' | 'yieldSignal'>;
  readonly keeper: FolderKeeper;
}

/** EX_TEMPFAIL of sysexits.h. From a command it says: what is in my folder now is where I can go on. */
const YIELDED_EXIT = 75;

/** Stops after which the task goes on from its checkpoint. Of the others nothing is kept: nobody wants it any more. */
const GOES_ON: readonly StopRequest['reason'][] = ['preempted', 'shutdown', 'timeout'];

/**
 * Makes of an ended command its result, its failure, or its yielding. What it saved is kept first, so long as the grace of a
 * stop allows, also of one that comes now.
 */
export const conclude = async (ended: Ended): Promise<CommandResult> => {
  const { result, isCutShort, request, context } = ended;
  if (request !== undefined) throw await stopOf(ended, request);
  if (isCutShort) throw new YieldSignal(yieldRequestOf(context.yieldSignal));
  if (result.exitCode === YIELDED_EXIT) throw await yieldOf(ended);
  const failure = failureOf(result);
  if (failure !== undefined) throw failure;
  return result;
};

const stopOf = async ({ result, graceLeftMs, keeper }: Ended, request: StopRequest): Promise<Error> => {
  const goesOn = result.exitCode === YIELDED_EXIT && GOES_ON.includes(request.reason);
  if (goesOn) await settlesWithin(keeper.keep(), graceLeftMs);
  // After a timeout the next attempt goes on from what was kept, but this one has come to its end.
  if (!goesOn || request.reason === 'timeout') return stopError(request, { details: { ...result } });
  return new YieldSignal({ reason: request.reason === 'shutdown' ? 'drain' : 'preempted', deadlineMs: 0 });
};

/**
 * A command that was asked goes on later, whatever could be kept. One that yields by itself must have come further: else a
 * program that always ends with this code would be run again and again without a word. How often the session limits.
 */
const yieldOf = async (ended: Ended): Promise<Error> => {
  const { context, keeper, result } = ended;
  const kept = await Promise.race([keeper.keep(), stopped(context.signal)]);
  const asked = yieldRequestOf(context.yieldSignal);
  if (asked !== undefined || keeper.hasAdvanced) return new YieldSignal(asked);
  const details = { ...result };
  if (kept === 'stopped') return stopError(stopRequestOf(context.signal), { details });
  const fact = `command exited with code ${YIELDED_EXIT} (to go on later), but kept nothing new to go on from`;
  return new AppError('COMMAND_FAILED', fact, { details });
};

/** Resolves when a stop has come and its grace is over. */
const stopped = (signal: AbortSignal): Promise<'stopped'> =>
  new Promise((resolve) => {
    onAbort(signal, () => {
      startTimer(stopRequestOf(signal).graceMs, () => resolve('stopped')).unref();
    });
  });
