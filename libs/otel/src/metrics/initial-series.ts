import { BANDS, rankOf } from '@precedent/kernel';
import { TOKEN_REFUSALS } from '@precedent/ports';
import { METRICS } from './metrics.ts';
import type { MetricName } from './metrics.ts';
import type { Registry } from './registry.ts';

/** Values of labels; the series begin with all their combinations. */
type Values = readonly (readonly string[])[];

/** All combinations of one value for each label. */
const combined = (values: Values): Values =>
  values.reduce<Values>(
    (before, ofLabel) => before.flatMap((series) => ofLabel.map((value) => [...series, value])),
    [[]],
  );

const BAND = [BANDS];
/** The pool of tasks that name none. Series of other pools begin with their first event. */
const POOL = ['default'];
const MODES = ['delay', 'at_checkpoint', 'suspend', 'immediate'];
const VICTIM_ENDS =
  'yielded suspended finished_in_grace failed_in_grace aborted killed lost_worker spared stopped'.split(' ');
const VERDICTS = ['completed', 'failed', 'cancelled', 'timed_out', 'skipped'];
const TIME_LIMITS = ['attempt', 'heartbeat', 'queue', 'total', 'expires_at'];

/** The label values of each metric that are known beforehand. */
const LABEL_VALUES: Readonly<Partial<Record<MetricName, Values>>> = {
  precedent_tasks_submitted_total: BAND,
  precedent_door_refusals_total: [BANDS, ['QUEUE_FULL']],
  precedent_tasks_settled_total: [BANDS, VERDICTS],
  precedent_task_retries_total: BAND,
  precedent_timeouts_total: [BANDS, TIME_LIMITS],
  precedent_queue_wait_seconds: BAND,
  // Other outcomes are rare, and a histogram has twenty lines for each.
  precedent_task_execution_seconds: [BANDS, ['completed', 'failed']],
  precedent_aged_promotions_total: BAND,
  precedent_useful_work_seconds_total: BAND,
  precedent_preemption_latency_seconds: BAND,
  precedent_preemptor_start_latency_seconds: BAND,
  precedent_preemptors_total: [BANDS, ['in_time', 'late', 'expired', 'stolen', 'replanned', 'left']],
  precedent_preemption_lost_work_seconds_total: BAND,
  precedent_preemption_repeat_total: BAND,
  precedent_preempt_breaker_open: [POOL],
  precedent_rollbacks_total: [['ok', 'failed']],
  precedent_resume_total: [['checkpoint', 'start', 'suspended']],
  precedent_snapshots_total: [['written', 'failed', 'unreadable']],
  precedent_connections_refused_total: [
    ['no credential', 'not a key', 'unknown', 'wrong secret', 'revoked', 'no grant', ...TOKEN_REFUSALS],
  ],
  precedent_express_excess_seconds: [['slot', 'ended', 'lost']],
  precedent_overdue_seconds: [['ended', 'lost']],
  precedent_worker_losses_total: [['bye', 'silent', 'unreachable', 'replaced']],
  precedent_leases_lost_total: [['lost', 'returned', 'missing']],
};

const OUTCOME_REASONS: Values = [
  ['preempted', 'victims'],
  ['reclaim_idle', 'reclaimed'],
  ['reclaim_idle', 'leaving'],
  ['reservation_stolen', 'higher_band'],
  ['wait_natural', 'held'],
  ['wait_natural', 'preempt_after'],
  ['wait_natural', 'natural_end'],
  ['wait_natural', 'not_worth_it'],
  ['infeasible', 'replans'],
  ['infeasible', 'no_worker'],
  ['infeasible', 'no_candidates'],
  ['infeasible', 'not_enough'],
  ['denied_budget', 'budget'],
  ['denied_budget', 'cap'],
  ['breaker_open', 'breaker'],
];

/** Only a higher band preempts a lower one. */
const PREEMPTIONS: Values = BANDS.flatMap((above) =>
  BANDS.filter((below) => rankOf(below) < rankOf(above)).flatMap((below) =>
    combined([POOL, [above], [below], MODES, VICTIM_ENDS]),
  ),
);

/**
 * Lets every counter and histogram begin at zero, with all label values that are known beforehand: for Prometheus one that was never
 * seen at zero has not risen with its first event, and an alert would miss it.
 */
export const initialiseSeries = (registry: Registry<MetricName>): void => {
  for (const name of Object.keys(METRICS) as MetricName[]) {
    const { kind, labels } = METRICS[name];
    const values = LABEL_VALUES[name];
    if (values === undefined && (labels.length > 0 || kind === 'gauge')) continue;
    for (const series of combined(values ?? [])) registry.value(name, ...series);
  }
  for (const series of OUTCOME_REASONS) registry.value('precedent_preemption_decisions_total', ...series);
  for (const series of PREEMPTIONS) registry.value('precedent_preemptions_total', ...series);
  registry.value('precedent_goodput_ratio').set(1);
};
