import type { Clock } from '@precedent/ports';
import type { QueueClasses } from '../dispatch/queue-classes.ts';
import type { Predictions } from '../explain/predictions.ts';
import type { Fleet } from '../workers/fleet.ts';
import type { CellState } from './cell-state.ts';

/** The parts of a cell that decisions and explanations read. */
export interface CellView {
  readonly clock: Clock;
  readonly state: CellState;
  readonly fleet: Fleet;
  readonly queueClasses: QueueClasses;
  readonly predictions: Predictions;
}
