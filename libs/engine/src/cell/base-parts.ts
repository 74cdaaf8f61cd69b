import type { TaskRow } from '@precedent/tasks';
import type { Limits } from '../limits/limits.ts';
import type { Outbox } from '../journal/outbox.ts';
import type { CellOptions, CellPorts } from '../options.ts';
import type { PoolWork } from '../preemption/pool-work.ts';
import type { TimerWheel } from '../tasks/timer-wheel.ts';
import type { ReportedProgress } from '../workers/worker-session.ts';
import type { CellView } from './cell-view.ts';

/** The parts of a cell that depend on no other part. Only the wiring has all of them; each class names those that it uses with `Pick`. */
export interface BaseParts extends CellPorts, CellView {
  readonly clock: CellPorts['clock'];
  readonly options: CellOptions;
  readonly epoch: number;
  readonly outbox: Outbox;
  readonly limits: Limits;
  readonly timers: TimerWheel<TaskRow>;
  readonly progress: ReportedProgress;
  readonly poolWork: PoolWork;
}
