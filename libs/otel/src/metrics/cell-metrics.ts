import { BANDS } from '@precedent/kernel';
import type {
  CellSampled,
  PreemptionTelemetryEvent,
  TaskTelemetryEvent,
  TelemetryEvent,
} from '@precedent/ports';
import type { MetricName } from './metrics.ts';
import type { Registry } from './registry.ts';

/** Events about the cell as a whole: its engine, its journal and its workers. */
export type CellTelemetryEvent = Exclude<TelemetryEvent, TaskTelemetryEvent | PreemptionTelemetryEvent>;

/** Figures of the cell. When this engine does not own the cell any more, they are removed, because its new owner reports them. */
const OWNER_METRICS = [
  'precedent_engine_epoch',
  'precedent_workers',
  'precedent_slots',
  'precedent_overdue_slots',
  'precedent_workers_blocked',
  'precedent_band_slots',
  'precedent_queue_depth',
  'precedent_queue_oldest_age_seconds',
  'precedent_tasks_paused',
  'precedent_reservations',
  'precedent_journal_backlog_bytes',
  'precedent_workers_load',
] as const satisfies readonly MetricName[];

const ENGINE_STATES = ['stopped', 'starting', 'running', 'stopping', 'error'];

/** Counts and samples the engine, its journal and its workers. */
export class CellMetrics {
  readonly #registry: Registry<MetricName>;

  constructor(registry: Registry<MetricName>) {
    this.#registry = registry;
    this.#state('stopped');
  }

  record(event: CellTelemetryEvent): void {
    const registry = this.#registry;
    switch (event.name) {
      case 'engine.state':
        return this.#state(event.to);
      case 'recovery.finished':
        registry.value('precedent_recovery_seconds').set(event.ms / 1_000);
        return registry.value('precedent_engine_epoch').set(event.epoch);
      case 'journal.flushed':
        return this.#flushed(event);
      case 'journal.unavailable':
        return registry.value('precedent_journal_unavailable_total').add();
      case 'snapshot.written':
        return registry.value('precedent_snapshots_total', 'written').add();
      case 'snapshot.unreadable':
        return registry.value('precedent_snapshots_total', 'unreadable').add();
      case 'journal.void':
        return registry.value('precedent_journal_void_entries_total').add(event.entries);
      case 'snapshot.failed':
        return registry.value('precedent_snapshots_total', 'failed').add();
      case 'ingress.refused':
        return registry.value('precedent_door_refusals_total', event.band, event.code).add(event.count);
      case 'worker.left':
        return registry.value('precedent_worker_losses_total', event.why).add();
      case 'report.stale':
        return registry.value('precedent_stale_reports_total').add();
      case 'predictions.refused':
        return registry.value('precedent_predictions_refused_total').add();
      case 'connection.refused':
        return registry.value('precedent_connections_refused_total', event.reason).add(event.count);
      case 'connection.ended':
        return registry.value('precedent_connections_ended_total').add(event.connections);
      case 'lease.missing':
        return registry.value('precedent_leases_lost_total', 'missing').add();
      case 'worker.unblocked':
        return registry.distribution('precedent_worker_blocked_seconds').observe(event.ms / 1_000);
      case 'overdue.ended':
        return registry.distribution('precedent_overdue_seconds', event.end).observe(event.ms / 1_000);
      case 'cell.sampled':
        return this.#sampled(event);
      case 'engine.standby':
      case 'journal.restored':
      case 'journal.reader_lagging':
      case 'message.failed':
      case 'worker.joined':
      case 'worker.blocked':
      case 'overdue.began':
      case 'stop.progress':
        return;
    }
  }

  #state(to: string): void {
    for (const state of ENGINE_STATES)
      this.#registry.value('precedent_engine_state', state).set(state === to ? 1 : 0);
    if (to === 'error' || to === 'stopped') for (const name of OWNER_METRICS) this.#registry.clear(name);
  }

  #flushed({ ms, records, bytes }: Extract<CellTelemetryEvent, { name: 'journal.flushed' }>): void {
    this.#registry.distribution('precedent_journal_flush_seconds').observe(ms / 1_000);
    this.#registry.distribution('precedent_journal_flush_records').observe(records);
    this.#registry.value('precedent_journal_bytes_total').add(bytes);
  }

  #sampled({ bands, workers, slots, blocked, overdue, loads, reservations, backlog }: CellSampled): void {
    const registry = this.#registry;
    for (const band of BANDS) {
      const { queued, running, paused, oldestMs } = bands[band];
      registry.value('precedent_queue_depth', band).set(queued);
      registry.value('precedent_band_slots', band).set(running);
      registry.value('precedent_tasks_paused', band).set(paused);
      registry.value('precedent_queue_oldest_age_seconds', band).set(oldestMs / 1_000);
    }
    registry.value('precedent_workers').set(workers);
    registry.value('precedent_slots').set(slots);
    registry.value('precedent_workers_blocked').set(blocked);
    registry.value('precedent_overdue_slots').set(overdue);
    for (const [level, count] of Object.entries(loads))
      registry.value('precedent_workers_load', level).set(count);
    registry.value('precedent_reservations', 'freed').set(reservations.freed);
    registry.value('precedent_reservations', 'held').set(reservations.held);
    registry.value('precedent_journal_backlog_bytes').set(backlog);
  }
}
