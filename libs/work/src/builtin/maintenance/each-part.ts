import { AppError } from '@precedent/kernel';
import type { ExecutorContext, Upkeep } from '@precedent/ports';
import { refuseIfStopped } from '../../stop.ts';

/** Of all stores together. */
const PARTS_MAX = 1_000;
/** Between two heartbeats while a part is processed. Milliseconds. */
const BEAT_MS = 1_000;

export interface PartTurn {
  readonly store: Upkeep;
  readonly part: string;
  /** `store/part`. */
  readonly place: string;
  /** Of all parts, when this one is done: 0 to 1. */
  readonly fraction: number;
}

/** Calls `step` for each part of each store, in their order, and reports progress. Throws the error of a stop that interrupts a part. */
export const eachPart = async (
  stores: readonly Upkeep[],
  context: ExecutorContext,
  step: (turn: PartTurn) => Promise<void>,
): Promise<void> => {
  const turns = await turnsOf(stores);
  for (const turn of turns) {
    context.progress(turn.fraction - 1 / turns.length, turn.place);
    const beat = setInterval(() => context.heartbeat(), BEAT_MS);
    try {
      await step(turn);
    } catch (error) {
      refuseIfStopped(context.signal);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }
};

const turnsOf = async (stores: readonly Upkeep[]): Promise<readonly PartTurn[]> => {
  const named: Omit<PartTurn, 'fraction'>[] = [];
  for (const store of stores)
    for (const part of await store.parts()) named.push({ store, part, place: `${store.name}/${part}` });
  if (named.length > PARTS_MAX)
    throw new AppError('HANDLER_FAILED', `there are ${named.length} parts to look after of ${PARTS_MAX}`);
  return named.map((turn, i) => ({ ...turn, fraction: (i + 1) / named.length }));
};
