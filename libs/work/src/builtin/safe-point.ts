import type { ExecutorContext } from '@precedent/ports';
import { refuseIfStopped } from '../stop.ts';
import { AttemptYield, yieldRequestOf } from '../yield-signal.ts';

/** Whether the attempt is requested to yield. */
export const isYieldRequested = (context: ExecutorContext): boolean => context.yieldSignal.aborted;

/**
 * A point at which the work is consistent. Throws the error of a stop; saves `state` as a checkpoint when it is due, or when the attempt is
 * requested to yield; then throws a AttemptYield if it is. `fresh`: the state has changed since the last checkpoint. `fraction`: 0 to 1.
 */
export const safePoint = async (
  context: ExecutorContext,
  state: unknown,
  { due, fresh, fraction }: { readonly due: boolean; readonly fresh: boolean; readonly fraction: number },
): Promise<void> => {
  refuseIfStopped(context.signal);
  const request = yieldRequestOf(context.yieldSignal);
  if (due || (request !== undefined && fresh))
    await context.checkpoint(state, { thenYield: false, fraction });
  if (request !== undefined) throw new AttemptYield(request);
};

/** The state that an attempt resumes from; `undefined` when it has none, or one of another kind. */
export const resumed = <State extends { readonly kind: string }>(
  context: ExecutorContext,
  kind: State['kind'],
  isState: (state: Partial<Record<keyof State, unknown>>) => boolean,
): State | undefined => {
  if (context.resume === undefined) return undefined;
  const state = Object(context.resume.state) as Partial<Record<keyof State, unknown>>;
  if (state.kind === kind && isState(state)) return context.resume.state as State;
  context.log('log', 'the checkpoint is not one of this task; it starts from zero\n');
  return undefined;
};

export const isCount = (value: unknown): value is number => Number.isInteger(value) && Number(value) >= 0;
