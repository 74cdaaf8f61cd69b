import { BANDS } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { MODES } from './mode.ts';
import type { Bounds, ClassRules, Override, Policy } from './policy.ts';

const PERCENTAGES = ['capPercent', 'floorPercent'] as const;
const WHOLE_NUMBERS = [
  'capMin',
  'capWindowMs',
  'atomicMsMax',
  'delayMaxMs',
  'suspendGraceMs',
  'frozenMsMax',
  'killGraceMs',
  'recallMs',
  'reservationMarginMs',
  'holdMs',
  'holdsMax',
  'replansMax',
  'notBeforeMs',
  'notBeforeMsMax',
  'predictionSupportMin',
  'lookAgainMsMin',
] as const;
const CLASS_NUMBERS = [
  'preemptAfterMs',
  'minRatioPercent',
  'holdAfterMs',
  'checkpointDeadlineMs',
  'exemptMs',
  'graceMs',
  'maxPreemptions',
  'minRunning',
] as const;

/** Everything that is wrong with a policy; empty when it can be used. */
export const policyIssues = (policy: Policy): Issue[] => [
  ...PERCENTAGES.flatMap((name) => outside(name, policy[name], 0, 100)),
  ...WHOLE_NUMBERS.flatMap((name) => outside(name, policy[name], 0)),
  ...outside('capMin', policy.capMin, 1),
  ...outside('lookAgainMsMin', policy.lookAgainMsMin, 1),
  ...policy.classes.flatMap((rules, rank) => classIssues(rules, rank)),
  ...policy.aging.flatMap((ms, rank) => outside(`aging.${BANDS[rank]}`, ms, 0)),
  ...breakerIssues(policy),
];

const classIssues = (rules: ClassRules, rank: number): Issue[] => {
  const field = `classes.${BANDS[rank]}`;
  const upward = rules.mayPreempt.filter((victim) => victim >= rank);
  return [
    ...CLASS_NUMBERS.flatMap((name) => outside(`${field}.${name}`, rules[name], 0)),
    // Strictly downward, or two tasks could preempt each other for ever.
    ...upward.map((victim) => ({
      field: `${field}.mayPreempt`,
      message: `a band preempts only lower ones; ${BANDS[victim]} is not`,
    })),
  ];
};

const breakerIssues = ({ breaker }: Policy): Issue[] => [
  ...(['windowMs', 'bucketMs', 'openMs', 'samplesMin'] as const).flatMap((name) =>
    outside(`breaker.${name}`, breaker[name], 1),
  ),
  ...(['repeatWithinMs', 'startMarginMs', 'lostPercentMax'] as const).flatMap((name) =>
    outside(`breaker.${name}`, breaker[name], 0),
  ),
  ...(['repeatPercentMax', 'onTimePercentMin'] as const).flatMap((name) =>
    outside(`breaker.${name}`, breaker[name], 0, 100),
  ),
];

/** Everything in which an override of a task or a queue goes beyond what the administrator allows; empty when nothing. */
export const overrideIssues = (override: Override, bounds: Bounds): Issue[] => [
  ...modeIssues(override, bounds),
  ...within('checkpointDeadlineMs', override, bounds.checkpointDeadlineMsMax),
  ...within('exemptMs', override, bounds.exemptMsMax),
  ...within('graceMs', override, bounds.graceMsMax),
  ...within('preemptAfterMs', override, Number.MAX_SAFE_INTEGER),
  ...(override.maxPreemptions === undefined
    ? []
    : outside('maxPreemptions', override.maxPreemptions, bounds.maxPreemptionsMin, bounds.maxPreemptionsMax)),
];

const modeIssues = ({ mode }: Override, { modes }: Bounds): Issue[] =>
  mode === undefined || modes.includes(mode)
    ? []
    : [
        {
          field: 'mode',
          message: `expected ${MODES.filter((known) => modes.includes(known)).join(', ')}; got ${mode}`,
        },
      ];

type Limited = 'checkpointDeadlineMs' | 'exemptMs' | 'graceMs' | 'preemptAfterMs';

const within = (name: Limited, override: Override, max: number): Issue[] => {
  const value = override[name];
  return value === undefined ? [] : outside(name, value, 0, max);
};

const outside = (field: string, value: number, min: number, max = Number.MAX_SAFE_INTEGER): Issue[] => {
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  const range = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
  return [{ field, message: `expected a whole number, ${range}; got ${value}` }];
};
