import type { LoadLevel } from '@precedent/contract-types';
import type { Band } from '@precedent/kernel';
import type { Measure } from './sample.ts';
import type { TriggerRule } from './trigger.ts';

/** What a level means for the work. */
export interface LevelRule {
  /** Of the slots: how many tasks should run at once. */
  readonly share: number;
  /** Bands that should get nothing new, lowest first. `high` and `critical` are never among them: urgent work goes on. */
  readonly throttled: readonly Band[];
}

export interface LoadRules {
  /** Where the level `high` begins, as a fraction of what there is, above 0 and up to 1. */
  readonly thresholds: Readonly<Record<Measure, number>>;
  readonly levels: Readonly<Record<LoadLevel, LevelRule>>;
  /** Milliseconds over a limit before a level is entered: shorter peaks do not count. */
  readonly enterMs: number;
  /** Milliseconds just below a limit before a level is left. */
  readonly dwellMs: number;
  /** Milliseconds on an idle machine before a level is left. */
  readonly idleMs: number;
  /** Milliseconds in which the recommendation may grow from none to all slots; it falls at once. */
  readonly rampMs: number;
  /** Milliseconds of smoothing of CPU and I/O wait, which jump; 0: none. */
  readonly smoothingMs: number;
}

export const DEFAULT_LOAD_RULES: LoadRules = {
  thresholds: { cpu: 0.8, memory: 0.8, disk: 0.9, ioWait: 0.3 },
  levels: {
    normal: { share: 1, throttled: [] },
    elevated: { share: 0.75, throttled: [] },
    high: { share: 0.5, throttled: ['low'] },
    critical: { share: 0.25, throttled: ['low', 'normal'] },
  },
  enterMs: 2_000,
  dwellMs: 15_000,
  idleMs: 2_000,
  rampMs: 10_000,
  smoothingMs: 5_000,
};

export type RaisedLevel = Exclude<LoadLevel, 'normal'>;
export const RAISED_LEVELS: readonly RaisedLevel[] = ['elevated', 'high', 'critical'];

/** `elevated` begins at this share of the threshold. */
const ELEVATED_SHARE = 0.875;
/** A limit is left this share of the threshold below where it is entered. */
const MARGIN_SHARE = 0.1;

const enterOf = (level: RaisedLevel, threshold: number): number => {
  if (level === 'elevated') return threshold * ELEVATED_SHARE;
  // Halfway between the threshold and nothing left.
  return level === 'high' ? threshold : (threshold + 1) / 2;
};

/** When a measure enters and leaves a level. The limits of a higher level are higher, both of them. */
export const triggerRuleOf = (rules: LoadRules, measure: Measure, level: RaisedLevel): TriggerRule => {
  const threshold = rules.thresholds[measure];
  const enter = enterOf(level, threshold);
  return {
    enter,
    leave: enter - threshold * MARGIN_SHARE,
    enterMs: rules.enterMs,
    leaveMs: rules.dwellMs,
    idleMs: rules.idleMs,
  };
};
