import type { StopRequest } from '@precedent/contract-types';
import { AppError, onAbort, settlesWithin, startTimer } from '@precedent/kernel';
import type { ExecutorContext } from '@precedent/ports';
import type { FolderCheckpointer } from '../checkpoint/folder-checkpointer.ts';
import { stopError, stopRequestOf } from '../stop.ts';
import { AttemptYield, yieldRequestOf } from '../yield-signal.ts';
import { failureOf } from './verdict.ts';
import type { CommandResult } from './verdict.ts';

/** A command of which nothing runs any more. */
export interface EndedCommand {
  readonly result: CommandResult;
  /** Whether the save signal ended it, because it had just started and did not handle the signal yet. That is no failure. */
  readonly isCutShort: boolean;
  /** The request to stop, if there was one. */
  readonly request: StopRequest | undefined;
  /** Milliseconds that are left of the stop's grace. */
  readonly graceLeftMs: number;
  readonly context: Pick<ExecutorContext, 'signal' | 'yieldSignal'>;
  readonly checkpointer: FolderCheckpointer;
}

/** EX_TEMPFAIL of sysexits.h: the command can be resumed from the present content of its checkpoint folder. */
const YIELDED_EXIT = 75;

/** Stops after which the task resumes from its checkpoint. After the others no checkpoint is saved. */
const GOES_ON: readonly StopRequest['reason'][] = ['preempted', 'shutdown', 'timeout'];

/**
 * The result of an ended command. Throws its failure, or a AttemptYield. The checkpoint folder is saved first, as long as the grace
 * of a stop allows, also of a stop that comes meanwhile.
 */
export const classifyExit = async (ended: EndedCommand): Promise<CommandResult> => {
  const { result, isCutShort, request, context } = ended;
  if (request !== undefined) throw await stopOf(ended, request);
  if (isCutShort) throw new AttemptYield(yieldRequestOf(context.yieldSignal));
  if (result.exitCode === YIELDED_EXIT) throw await yieldOf(ended);
  const failure = failureOf(result);
  if (failure !== undefined) throw failure;
  return result;
};

const stopOf = async (
  { result, graceLeftMs, checkpointer }: EndedCommand,
  request: StopRequest,
): Promise<Error> => {
  const goesOn = result.exitCode === YIELDED_EXIT && GOES_ON.includes(request.reason);
  if (goesOn) await settlesWithin(checkpointer.save(), graceLeftMs);
  // After a timeout this attempt has failed; the next one resumes from the checkpoint.
  if (!goesOn || request.reason === 'timeout') return stopError(request, { details: { ...result } });
  return new AttemptYield({ reason: request.reason === 'shutdown' ? 'drain' : 'preempted', deadlineMs: 0 });
};

/**
 * A command that yields on request is resumed later, also without a new checkpoint. One that yields by itself must have saved a new
 * checkpoint: a program that always ends with this code would be run again for ever. The session limits how often.
 */
const yieldOf = async (ended: EndedCommand): Promise<Error> => {
  const { context, checkpointer, result } = ended;
  const saved = await Promise.race([checkpointer.save(), stopped(context.signal)]);
  const yieldRequest = yieldRequestOf(context.yieldSignal);
  if (yieldRequest !== undefined || checkpointer.hasAdvanced) return new AttemptYield(yieldRequest);
  const details = { ...result };
  if (saved === 'stopped') return stopError(stopRequestOf(context.signal), { details });
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
