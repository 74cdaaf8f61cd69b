import { PROCESS_METRICS } from './process-specs.ts';
import type { MetricSpec } from './registry.ts';

/** Seconds. */
const WAITS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800];
const RUNS = [0.001, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200];
const WRITES = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5];
const BYTES = [256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 16_777_216];

const counter = (help: string, ...labels: readonly string[]): MetricSpec => ({
  kind: 'counter',
  help,
  labels,
});
const gauge = (help: string, ...labels: readonly string[]): MetricSpec => ({ kind: 'gauge', help, labels });
const histogram = (help: string, buckets: readonly number[], ...labels: readonly string[]): MetricSpec => ({
  kind: 'histogram',
  help,
  labels,
  buckets,
});

/** Every metric. No label holds an id: spans and the journal say what belongs to one task. */
export const METRICS = {
  precedent_engine_state: gauge('1 for the state that the engine is in.', 'state'),
  precedent_engine_epoch: gauge('Epoch of the engine that owns the cell.'),
  precedent_recovery_seconds: gauge('Duration of the last recovery.'),
  precedent_workers: gauge('Connected workers.'),
  precedent_workers_load: gauge('Connected workers, by how busy their machines are.', 'level'),
  precedent_slots: gauge('Slots of the connected workers.'),
  precedent_workers_blocked: gauge('Connected workers whose event loop is blocked by a handler.'),
  precedent_worker_blocked_seconds: histogram(
    'Time that a handler blocked the event loop of its worker.',
    RUNS,
  ),
  precedent_overdue_slots: gauge('Slots whose code has not left by the deadline of its stop.'),
  precedent_overdue_seconds: histogram(
    'Time that code ran beyond the deadline of its stop, by how that ended.',
    RUNS,
    'end',
  ),
  precedent_band_slots: gauge('Slots in use.', 'band'),
  precedent_queue_depth: gauge('Tasks in the queue.', 'band'),
  precedent_queue_oldest_age_seconds: gauge('Age of the first task in the queue.', 'band'),
  precedent_tasks_paused: gauge(
    'Tasks that wait for a retry, or for the end of the pause after a preemption.',
    'band',
  ),

  precedent_tasks_submitted_total: counter('Tasks that an ingress accepted.', 'band'),
  precedent_door_refusals_total: counter('Tasks refused because a band was full.', 'band', 'code'),
  precedent_tasks_settled_total: counter('Tasks with a verdict.', 'band', 'verdict'),
  precedent_task_retries_total: counter('Attempts that failed and are tried again.', 'band'),
  precedent_timeouts_total: counter('Time limits reached.', 'band', 'limit'),
  precedent_queue_wait_seconds: histogram('From the submission to the first start.', WAITS, 'band'),
  precedent_task_execution_seconds: histogram(
    'From the lease to its end, for each run.',
    RUNS,
    'band',
    'outcome',
  ),
  precedent_aged_promotions_total: counter(
    'Tasks that started ahead of their band because they had waited.',
    'band',
  ),
  precedent_useful_work_seconds_total: counter('Run time whose work was not lost.', 'band'),

  precedent_preemption_decisions_total: counter('Decisions about waiting tasks.', 'outcome', 'reason'),
  precedent_preemption_round_seconds: histogram('Duration of a round with a decision.', WRITES),
  precedent_express_excess_seconds: histogram(
    'Time that a task ran above the slot count of its worker, by how that ended.',
    RUNS,
    'end',
  ),
  precedent_victims_per_decision: histogram('Victims of a decision that has any.', [1, 2, 3, 5, 10, 20]),
  precedent_preemptions_total: counter(
    'Victims, by how their run ended.',
    'pool',
    'preemptor_band',
    'victim_band',
    'mode',
    'outcome',
  ),
  precedent_preemption_latency_seconds: histogram(
    'From the decision until the slot of the victim is free.',
    WAITS,
    'victim_band',
  ),
  precedent_preemptor_start_latency_seconds: histogram(
    'From the decision until the preemptor starts.',
    WAITS,
    'band',
  ),
  precedent_preemptors_total: counter(
    'Preemptors, by whether they started in time, late, or not on what was freed.',
    'band',
    'result',
  ),
  precedent_preemption_lost_work_seconds_total: counter(
    'Run time to be repeated because of a preemption.',
    'victim_band',
  ),
  precedent_preemption_repeat_total: counter(
    'Victims preempted again before a new checkpoint.',
    'victim_band',
  ),
  precedent_preempt_breaker_open: gauge(
    '1 while a pool may not preempt because it did more harm than good.',
    'pool',
  ),
  precedent_reservations: gauge('Slots reserved for waiting tasks.', 'state'),
  precedent_goodput_ratio: gauge(
    'Run time whose work was not lost, as a share of all, since the start of the process.',
  ),
  precedent_checkpoint_save_seconds: histogram(
    'From the arrival of a checkpoint until it is durable.',
    WRITES,
  ),
  precedent_checkpoint_bytes: histogram('Size of checkpoints.', BYTES),
  precedent_rollbacks_total: counter('Rollback actions carried out.', 'result'),
  precedent_resume_total: counter('Runs that go on with an interrupted attempt.', 'from'),

  precedent_journal_flush_seconds: histogram(
    'From the sending of a journal entry to its acknowledgement.',
    WRITES,
  ),
  precedent_journal_flush_records: histogram(
    'Records in a journal entry.',
    [1, 2, 5, 10, 50, 100, 500, 1_500],
  ),
  precedent_journal_bytes_total: counter('Characters written to the journal.'),
  precedent_journal_unavailable_total: counter('Failed appends, and failed readings after them.'),
  precedent_journal_void_entries_total: counter('Journal entries that no engine appended.'),
  precedent_journal_backlog_bytes: gauge('Characters that wait for the journal.'),
  precedent_snapshots_total: counter('Snapshots of the cell.', 'result'),
  precedent_worker_losses_total: counter('Workers that left, by why.', 'why'),
  precedent_leases_lost_total: counter('Leases lost with a worker, or on the way to one.', 'why'),
  precedent_stale_reports_total: counter('Reports of leases that were not current.'),
  precedent_predictions_refused_total: counter('Messages with predictions that were refused.'),
  precedent_connections_refused_total: counter('Connections without a valid credential, by why.', 'reason'),
  precedent_connections_ended_total: counter('Connections that were ended by a change of access.'),

  ...PROCESS_METRICS,
} as const satisfies Record<string, MetricSpec>;

export type MetricName = keyof typeof METRICS;
