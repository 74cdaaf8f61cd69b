import { BANDS } from '@precedent/kernel';
import type { Issue } from '@precedent/kernel';
import { MODES } from './mode.ts';
import type { OverrideBounds, ClassRules, Override, Policy } from './policy.ts';

/** A rule that counts milliseconds, which a person writes as a text: `exemptMs`, `frozenMsMax`. */
export const isTime = (rule: string): boolean => /Ms(?=[A-Z]|$)/.test(rule);

const TIME_MS_MAX = 366 * 86_400_000;
const COUNT_MAX = 1_000_000;
const BUCKETS_MAX = 1_000;
const ONE_OR_MORE = ['capMin', 'lookAgainMsMin', 'windowMs', 'bucketMs', 'openMs', 'samplesMin'];
const SHARES = ['capPercent', 'floorPercent', 'repeatPercentMax', 'onTimePercentMin'];

/** What a number of the policy may be, both ends among it. Names are enough: no two parts of a policy share one. */
export const limitsOf = (rule: string): readonly [min: number, max: number] => [
  ONE_OR_MORE.includes(rule) ? 1 : 0,
  SHARES.includes(rule) ? 100 : isTime(rule) ? TIME_MS_MAX : COUNT_MAX,
];

/** Everything that is wrong with a policy; empty when it can be used. */
export const policyIssues = (policy: Policy): Issue[] => [
  ...numberIssues(policy, ''),
  ...policy.classes.flatMap((rules, rank) => classIssues(rules, rank)),
  ...policy.aging.flatMap((ms, rank) => outside(`aging.${BANDS[rank]}`, ms, 0)),
  ...numberIssues(policy.breaker, 'breaker.'),
  ...boundsIssues(policy.bounds),
  ...bucketIssues(policy),
];

const numberIssues = (rules: object, place: string): Issue[] =>
  Object.entries(rules).flatMap(([rule, value]) =>
    typeof value === 'number' ? outside(place + rule, value, ...limitsOf(rule)) : [],
  );

const classIssues = (rules: ClassRules, rank: number): Issue[] => {
  const field = `classes.${BANDS[rank]}`;
  const upward = rules.mayPreempt.filter((victim) => victim >= rank);
  return [
    ...numberIssues(rules, `${field}.`),
    // Strictly downward, or two tasks could preempt each other for ever.
    ...upward.map((victim) => ({
      field: `${field}.mayPreempt`,
      message: `a band preempts only lower ones; ${BANDS[victim]} is not`,
    })),
  ];
};

const boundsIssues = (bounds: OverrideBounds): Issue[] => {
  const { maxPreemptionsMin: min, maxPreemptionsMax: max } = bounds;
  const message = `expected ${min} or more, the least that a task may ask for; got ${max}`;
  const crossed = min > max ? [{ field: 'bounds.maxPreemptionsMax', message }] : [];
  return [...numberIssues(bounds, 'bounds.'), ...crossed];
};

/** Each pool keeps a window of buckets, and goes through it with every preemption. */
const bucketIssues = ({ breaker: { windowMs, bucketMs } }: Policy): Issue[] => {
  if (windowMs >= bucketMs && windowMs <= bucketMs * BUCKETS_MAX) return [];
  const message = `a window of ${windowMs} ms has 1 to ${BUCKETS_MAX} buckets; got one of ${bucketMs} ms`;
  return [{ field: 'breaker.bucketMs', message }];
};

/** Everything in which an override of a task or a queue goes beyond what the administrator allows; empty when nothing. */
export const overrideIssues = (override: Override, bounds: OverrideBounds): Issue[] => [
  ...modeIssues(override, bounds),
  ...within('checkpointDeadlineMs', override, bounds.checkpointDeadlineMsMax),
  ...within('exemptMs', override, bounds.exemptMsMax),
  ...within('graceMs', override, bounds.graceMsMax),
  ...within('preemptAfterMs', override, Number.MAX_SAFE_INTEGER),
  ...(override.maxPreemptions === undefined
    ? []
    : outside('maxPreemptions', override.maxPreemptions, bounds.maxPreemptionsMin, bounds.maxPreemptionsMax)),
];

const modeIssues = ({ mode }: Override, { modes }: OverrideBounds): Issue[] =>
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
