import type { ExecutorContext, Upkeep, UpkeepFacts } from '@precedent/ports';
import { resumed, safePoint } from '../safe-point.ts';
import { eachPart } from './each-part.ts';

/** The parts that are optimised already. */
interface OptimiseState {
  readonly kind: typeof OPTIMISE_STATE;
  /** `store/part` → its figures. */
  readonly optimised: Readonly<Record<string, UpkeepFacts>>;
}

const OPTIMISE_STATE = 'optimise/1';

/** Optimises every part of every store. */
export const optimise = async (stores: readonly Upkeep[], context: ExecutorContext): Promise<unknown> => {
  let state =
    resumed<OptimiseState>(
      context,
      OPTIMISE_STATE,
      ({ optimised }) => typeof optimised === 'object' && optimised !== null,
    ) ?? ({ kind: OPTIMISE_STATE, optimised: {} } satisfies OptimiseState);
  await eachPart(stores, context, async ({ store, part, place, fraction }) => {
    if (Object.hasOwn(state.optimised, place)) return;
    const facts = await store.optimise(part, context.signal);
    state = { ...state, optimised: { ...state.optimised, [place]: facts } };
    await safePoint(context, state, { due: true, fresh: true, fraction });
  });
  return { optimised: state.optimised };
};
