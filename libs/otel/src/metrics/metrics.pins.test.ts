import { expect, it } from 'vitest';
import { METRICS } from './metrics.ts';

/** Dashboards, alerts and other people's queries depend on every one: add rows, never change them. */
const PINNED = {
  precedent_engine_state: 'gauge state',
  precedent_engine_epoch: 'gauge',
  precedent_recovery_seconds: 'gauge',
  precedent_workers: 'gauge',
  precedent_workers_load: 'gauge level',
  precedent_slots: 'gauge',
  precedent_workers_blocked: 'gauge',
  precedent_worker_blocked_seconds: 'histogram',
  precedent_overdue_slots: 'gauge',
  precedent_overdue_seconds: 'histogram end',
  precedent_band_slots: 'gauge band',
  precedent_queue_depth: 'gauge band',
  precedent_queue_oldest_age_seconds: 'gauge band',
  precedent_tasks_paused: 'gauge band',
  precedent_tasks_submitted_total: 'counter band',
  precedent_door_refusals_total: 'counter band code',
  precedent_tasks_settled_total: 'counter band verdict',
  precedent_task_retries_total: 'counter band',
  precedent_timeouts_total: 'counter band limit',
  precedent_queue_wait_seconds: 'histogram band',
  precedent_task_execution_seconds: 'histogram band outcome',
  precedent_aged_promotions_total: 'counter band',
  precedent_useful_work_seconds_total: 'counter band',
  precedent_preemption_decisions_total: 'counter outcome reason',
  precedent_preemption_round_seconds: 'histogram',
  precedent_express_excess_seconds: 'histogram end',
  precedent_victims_per_decision: 'histogram',
  precedent_preemptions_total: 'counter pool preemptor_band victim_band mode outcome',
  precedent_preemption_latency_seconds: 'histogram victim_band',
  precedent_preemptor_start_latency_seconds: 'histogram band',
  precedent_preemptors_total: 'counter band result',
  precedent_preemption_lost_work_seconds_total: 'counter victim_band',
  precedent_preemption_repeat_total: 'counter victim_band',
  precedent_preempt_breaker_open: 'gauge pool',
  precedent_reservations: 'gauge state',
  precedent_goodput_ratio: 'gauge',
  precedent_checkpoint_save_seconds: 'histogram',
  precedent_checkpoint_bytes: 'histogram',
  precedent_rollbacks_total: 'counter result',
  precedent_resume_total: 'counter from',
  precedent_journal_flush_seconds: 'histogram',
  precedent_journal_flush_records: 'histogram',
  precedent_journal_bytes_total: 'counter',
  precedent_journal_unavailable_total: 'counter',
  precedent_journal_void_entries_total: 'counter',
  precedent_journal_backlog_bytes: 'gauge',
  precedent_snapshots_total: 'counter result',
  precedent_worker_losses_total: 'counter why',
  precedent_leases_lost_total: 'counter why',
  precedent_stale_reports_total: 'counter',
  precedent_predictions_refused_total: 'counter',
  precedent_connections_refused_total: 'counter reason',
  precedent_connections_ended_total: 'counter',
  process_resident_memory_bytes: 'gauge',
  process_heap_bytes: 'gauge',
  process_cpu_seconds_total: 'counter',
  process_start_time_seconds: 'gauge',
  nodejs_eventloop_utilization: 'gauge',
};

it('never changes the name, the type and the labels of a metric', () => {
  const rows = Object.entries(METRICS).map(([name, { kind, labels }]) => [name, [kind, ...labels].join(' ')]);
  expect(Object.fromEntries(rows)).toEqual(PINNED);
});

it('tells nothing apart by who it was: an id on a metric would make a line for each task', () => {
  const labels = Object.values(METRICS).flatMap((metric): readonly string[] => metric.labels);
  expect(labels.filter((label) => /(^|_)(id|task|worker|session|epoch)($|_)/.test(label))).toEqual([]);
});

it('names units as Prometheus does: seconds, bytes, and `_total` for what only rises', () => {
  for (const [name, { kind }] of Object.entries(METRICS)) {
    expect(name.endsWith('_total'), name).toBe(kind === 'counter');
    expect(name, name).not.toMatch(/_(ms|milliseconds|kb|mb)(_|$)/);
  }
});
