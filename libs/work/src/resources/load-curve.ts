import { LOAD_LEVELS } from '@precedent/contract-types';
import type { LoadLevel } from '@precedent/contract-types';
import type { Band } from '@precedent/kernel';
import { DEFAULT_LOAD_RULES, RAISED_LEVELS, triggerRuleOf } from './load-rules.ts';
import type { LoadRules } from './load-rules.ts';
import { MEASURES, perMeasure } from './sample.ts';
import type { Measure, ResourceSample } from './sample.ts';
import { IDLE_TRIGGER, stepTrigger } from './trigger.ts';
import type { Trigger } from './trigger.ts';

/** Something is at its threshold or above. */
export interface LoadAlert {
  readonly measure: Measure;
  readonly level: LoadLevel;
  /** Smoothed, 0 to 1. */
  readonly value: number;
  /** Where this level begins, 0 to 1. */
  readonly threshold: number;
}

/** How busy a machine is, and what that means for the work. */
export interface SmoothedLoad {
  readonly level: LoadLevel;
  /** How many tasks should run at once now: 1 to the number of slots. */
  readonly recommendedConcurrency: number;
  /** Bands that should get nothing new now, lowest first. */
  readonly throttledBands: readonly Band[];
  /** One for each measure at `high` or above. */
  readonly alerts: readonly LoadAlert[];
  /** Smoothed, 0 to 1. */
  readonly values: Readonly<Record<Measure, number>>;
}

/** What is remembered of all samples so far. JSON. */
export interface LoadState {
  readonly at: number | undefined;
  readonly values: Readonly<Record<Measure, number>>;
  /** One switch for each level above `normal`, in their order. */
  readonly triggers: Readonly<Record<Measure, readonly Trigger[]>>;
  /** Of the slots: falls at once, grows slowly. */
  readonly share: number;
}

/** Before the first sample: an idle machine. */
export const IDLE_LOAD: LoadState = {
  at: undefined,
  values: perMeasure(() => 0),
  triggers: perMeasure(() => RAISED_LEVELS.map(() => IDLE_TRIGGER)),
  share: 1,
};

/** Those that jump from sample to sample; memory and disk do not. */
const SMOOTHED: readonly Measure[] = ['cpu', 'ioWait'];

/** One more sample. A sample that is older than the last one changes nothing. */
export const foldLoad = (state: LoadState, sample: ResourceSample, rules: LoadRules): LoadState => {
  const { at } = sample;
  if (state.at !== undefined && at < state.at) return state;
  const values = perMeasure((measure) => nextValue(state, sample, measure, rules));
  const triggers = perMeasure((measure) =>
    RAISED_LEVELS.map((level, index) => {
      const trigger = state.triggers[measure][index] ?? IDLE_TRIGGER;
      // What counts for the end of a level is the reading itself, where that is lower than what smoothing makes of the past.
      const value = trigger.on ? Math.min(values[measure], sample[measure]) : values[measure];
      return stepTrigger(trigger, triggerRuleOf(rules, measure, level), Math.max(0, value), at);
    }),
  );
  const grown = state.share + (at - (state.at ?? at)) / rules.rampMs;
  return { at, values, triggers, share: Math.min(grown, rules.levels[levelOf(triggers)].share) };
};

const nextValue = (
  { at, values }: LoadState,
  sample: ResourceSample,
  measure: Measure,
  { smoothingMs }: LoadRules,
): number => {
  const value = Math.min(1, Math.max(0, sample[measure]));
  if (at === undefined || smoothingMs === 0 || !SMOOTHED.includes(measure)) return value;
  // Weighted by the time that the sample stands for, so that the rate of sampling does not matter.
  const weight = 1 - Math.exp(-(sample.at - at) / smoothingMs);
  return values[measure] + (value - values[measure]) * weight;
};

const levelOf = (triggers: LoadState['triggers']): LoadLevel => {
  const rank = Math.max(...MEASURES.map((measure) => rankOf(triggers[measure])));
  return LOAD_LEVELS[rank] ?? 'normal';
};

/** The switches go on in order, as their limits rise. */
const rankOf = (triggers: readonly Trigger[]): number => triggers.filter(({ on }) => on).length;

/** A share that is the sum of many small steps is a little off. */
const ROUNDING = 1e-9;

/** What a state means for a worker with so many slots. */
export const loadOf = (state: LoadState, slots: number, rules: LoadRules): SmoothedLoad => {
  const level = levelOf(state.triggers);
  return {
    level,
    recommendedConcurrency: Math.max(1, Math.ceil(slots * state.share - ROUNDING)),
    throttledBands: rules.levels[level].throttled,
    alerts: MEASURES.flatMap((measure) => alertOf(state, measure, rules)),
    values: state.values,
  };
};

const HIGH_RANK = LOAD_LEVELS.indexOf('high');

const alertOf = ({ triggers, values }: LoadState, measure: Measure, rules: LoadRules): LoadAlert[] => {
  const rank = rankOf(triggers[measure]);
  const level = RAISED_LEVELS[rank - 1];
  if (level === undefined || rank < HIGH_RANK) return [];
  return [{ measure, level, value: values[measure], threshold: triggerRuleOf(rules, measure, level).enter }];
};

/** The load after a history of samples, oldest first, for a worker with so many slots. */
export const loadCurve = (
  samples: readonly ResourceSample[],
  slots: number,
  rules: LoadRules = DEFAULT_LOAD_RULES,
): SmoothedLoad => {
  const state = samples.reduce((before, sample) => foldLoad(before, sample, rules), IDLE_LOAD);
  return loadOf(state, slots, rules);
};
