import type { Figures } from './stats.ts';
import type { Stage } from './world.ts';

/** What one run measured: the system, and for comparison the same machine without the system. */
export interface RunFigures {
  readonly metrics: Figures;
  readonly ceiling: Figures;
}

export interface Bench {
  /** What is measured, in one sentence. */
  readonly about: string;
  /** One run in a world of its own. */
  readonly run: (stage: Stage) => Promise<RunFigures>;
}
