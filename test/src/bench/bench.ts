import type { Behind } from './behind.ts';
import type { Figures } from './stats.ts';
import type { Stage } from './world.ts';

/** What one run measured: the system, and for comparison the same machine without the system. */
export interface RunFigures {
  readonly metrics: Figures;
  readonly ceiling: Figures;
}

/** What a benchmark may be run with. */
export interface BenchOptions {
  /** What runs in all slots. */
  readonly behind?: Behind;
  /** Urgent tasks that arrive at the same time. */
  readonly burst?: number;
  /** How many tasks run. */
  readonly tasks?: number;
}

export interface Bench {
  /** What is measured, in one sentence. */
  readonly about: string;
  /** One run in a world of its own. */
  readonly run: (stage: Stage, options: BenchOptions) => Promise<RunFigures>;
  /** The options that it takes; none when left out. */
  readonly options?: readonly (keyof BenchOptions)[];
}
