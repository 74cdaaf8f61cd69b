import type { Band } from '@precedent/kernel';
import type { AgingMs, Policy } from '@precedent/scheduling';
import type { Submission } from '@precedent/tasks';

/** What is simulated, checked and with every default in its place. Milliseconds from the start of the simulated time. */
export interface Scenario {
  readonly name: string;
  /** Tasks arrive until then. */
  readonly durationMs: number;
  /** How much longer the simulation goes on for those that are still open. */
  readonly drainMs: number;
  /** The same seed gives the same arrivals, run times and faults, under every policy. */
  readonly seed: number;
  readonly workers: readonly WorkerGroup[];
  readonly loads: readonly GeneratedLoad[];
  /** Load that was recorded, in the order of its arrival. */
  readonly recorded: readonly PlannedTask[];
  readonly faults: Faults;
  readonly variants: readonly Variant[];
}

/** Workers that are alike. */
export interface WorkerGroup {
  readonly name: string;
  readonly count: number;
  readonly slots: number;
  /** Express slots; as a worker offers that does not say, when left out. */
  readonly express?: number | undefined;
  readonly pools: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly resources: {
    readonly cpu?: number | undefined;
    readonly memoryMb?: number | undefined;
    readonly gpu?: number | undefined;
  };
}

/** Made-up tasks that are alike. */
export interface GeneratedLoad {
  readonly name: string;
  /** What each of them submits; its band is always there. */
  readonly task: Submission & { readonly band: Band };
  readonly fromMs: number;
  readonly untilMs: number;
  readonly arrivals: Arrivals;
  readonly run: RunTime;
  /** Absent: they write no checkpoint, and start from zero after every interruption. */
  readonly checkpoint?: CheckpointHabit | undefined;
  /** How long one takes to end at a stop signal. */
  readonly stopMs: number;
  /** Workers can suspend it. */
  readonly suspendable?: boolean | undefined;
}

/** Rates are tasks a second. */
export type Arrivals =
  | { readonly kind: 'poisson' | 'steady'; readonly rate: number }
  | { readonly kind: 'burst'; readonly size: number; readonly everyMs: number };

/** How long the work of a task takes, without interruptions and checkpoints. */
export type RunTime =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'exponential'; readonly meanMs: number }
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly sigma: number }
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number };

export interface CheckpointHabit {
  /** Work between two checkpoints. */
  readonly everyMs: number;
  /** What making one costs. */
  readonly saveMs: number;
  /** What going on from one costs. */
  readonly restoreMs: number;
}

export interface Faults {
  /** Of each worker, on average. */
  readonly crashesPerHour: number;
  readonly restartMs: number;
  /** Share of the attempts that fail somewhere on their way, 0 to 1. */
  readonly failureRate: number;
  /** Share of the messages between engine and workers that never arrive, 0 to 1. */
  readonly lostMessages: number;
}

/** One way to run the cell, to be compared with the others. */
export interface Variant {
  readonly name: string;
  /** Absent: no task is preempted. */
  readonly preemption?: Policy | undefined;
  readonly aging: AgingMs;
  /** Slots of every worker, in place of its own. */
  readonly slots?: number | undefined;
}

/** One task that will arrive: what is submitted, and what its work will be like. */
export interface PlannedTask {
  readonly id: string;
  readonly atMs: number;
  readonly task: Submission;
  readonly workMs: number;
  readonly checkpoint?: CheckpointHabit | undefined;
  readonly stopMs: number;
  /** It was recorded as failed, and fails again when its work is over. */
  readonly fails?: boolean | undefined;
}
