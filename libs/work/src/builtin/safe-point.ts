import type { ExecutorContext } from '@precedent/ports';
import { refuseIfStopped } from '../stop.ts';
import { AttemptYield, yieldRequestOf } from '../yield-signal.ts';

/** Whether urgent work asks for the place of this attempt. */
export const isRequested = (context: ExecutorContext): boolean => context.yieldSignal.aborted;

/**
 * A point where nothing is half done: ends a stopped attempt, keeps `state` when it is due or when the attempt is asked to
 * yield, and yields. `fraction` is 0 to 1.
 */
export const safePoint = async (
  context: ExecutorContext,
  state: unknown,
  { due, fresh, fraction }: { readonly due: boolean; readonly fresh: boolean; readonly fraction: number },
): Promise<void> => {
  refuseIfStopped(context.signal);
  const asked = yieldRequestOf(context.yieldSignal);
  if (due || (asked !== undefined && fresh)) await context.checkpoint(state, { thenYield: false, fraction });
  if (asked !== undefined) throw new AttemptYield(asked);
};

/** The state that an attempt resumes from, if it is one of this form. */
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
