import { ownValue, perBand, rankOf } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type { TaskTelemetryEvent } from '@precedent/ports';
import { agedRank } from '@precedent/scheduling';
import type { AgingMs } from '@precedent/scheduling';
import type { CheckpointStepRecord } from '@precedent/tasks';
import type { RecentDecisions } from '../recent-decisions.ts';
import { outcomeOf, ranMsOf, resumedFrom, victimEndOf } from '../run-end.ts';
import type { TaskEnded } from '../run-end.ts';
import type { MetricName } from './metrics.ts';
import type { Distribution, Registry, MetricValue } from './registry.ts';

type EventOf<Name extends TaskTelemetryEvent['name']> = Extract<TaskTelemetryEvent, { name: Name }>;

/** The metrics that every task changes, looked up once for each band. */
interface BandMetrics {
  readonly submitted: MetricValue;
  readonly wait: Distribution;
  readonly useful: MetricValue;
}

/** The time limit that was reached, by the code of the error. */
export const TIMEOUT_LIMITS: Partial<Record<Problem['code'], string>> = {
  ATTEMPT_TIMEOUT: 'attempt',
  HEARTBEAT_TIMEOUT: 'heartbeat',
  QUEUE_TIMEOUT: 'queue',
  TOTAL_TIMEOUT: 'total',
  EXPIRED: 'expires_at',
};

const UNKNOWN = 'unknown';

/** Counts what happens to tasks. */
export class TaskMetrics {
  readonly #registry: Registry<MetricName>;
  readonly #decisions: RecentDecisions;
  readonly #aging: AgingMs;
  readonly #bands: Readonly<Record<Band, BandMetrics>>;
  #usefulMs = 0;
  #lostMs = 0;

  constructor(registry: Registry<MetricName>, decisions: RecentDecisions, aging: AgingMs) {
    this.#registry = registry;
    this.#decisions = decisions;
    this.#aging = aging;
    this.#bands = perBand((band) => bandMetrics(registry, band));
  }

  record(event: TaskTelemetryEvent): void {
    switch (event.name) {
      case 'task.submitted':
        return this.#bands[event.task.class.band].submitted.add();
      case 'task.started':
        return this.#started(event);
      case 'task.ended':
        return this.#ended(event);
      case 'task.settled':
        return this.#settled(event);
      case 'task.preemption_withdrawn':
        return this.#victim(event, event.order, event.why === 'not_yielded' ? 'spared' : 'stopped');
      case 'task.step_recorded':
        return this.#stepRecorded(event);
      case 'task.preempting':
        return;
    }
  }

  #started({ task, at, resumed }: EventOf<'task.started'>): void {
    if (resumed) {
      this.#registry.value('precedent_resume_total', resumedFrom(task)).add();
      return;
    }
    if (task.epoch > 1) return;
    const { band } = task.class;
    // What waited for other tasks was in no queue.
    const waitedMs = at - (task.run.readyAt ?? task.submittedAt);
    this.#bands[band].wait.observe(waitedMs / 1_000);
    const isPromoted = agedRank(rankOf(band), waitedMs, this.#aging) > rankOf(band);
    if (isPromoted) this.#registry.value('precedent_aged_promotions_total', band).add();
  }

  #ended(event: TaskEnded): void {
    const { task, run, record, lostMs } = event;
    const { band } = task.class;
    const outcome = outcomeOf(record);
    const ranMs = ranMsOf(event);
    this.#registry.distribution('precedent_task_execution_seconds', band, outcome).observe(ranMs / 1_000);
    this.#worked(band, ranMs - lostMs, lostMs);
    const end = victimEndOf(event);
    if (run.preempt && end) {
      const repeats = (record.kind === 'preempted' || record.kind === 'suspended') && isRepeat(event);
      if (repeats) this.#registry.value('precedent_preemption_repeat_total', band).add();
      this.#victim({ task, at: record.at }, run.preempt, end);
    }
    if (record.kind === 'retrying') {
      this.#registry.value('precedent_task_retries_total', band).add();
      this.#timeout(band, record.error);
    }
    if (outcome === 'lost' || outcome === 'returned')
      this.#registry.value('precedent_leases_lost_total', outcome).add();
  }

  #worked(band: Band, usefulMs: number, lostMs: number): void {
    this.#usefulMs += usefulMs;
    this.#bands[band].useful.add(usefulMs / 1_000);
    if (lostMs > 0)
      this.#registry.value('precedent_preemption_lost_work_seconds_total', band).add(lostMs / 1_000);
    this.#lostMs += lostMs;
    const all = this.#usefulMs + this.#lostMs;
    if (all > 0) this.#registry.value('precedent_goodput_ratio').set(this.#usefulMs / all);
  }

  #victim(
    { task, at }: Pick<EventOf<'task.preemption_withdrawn'>, 'task' | 'at'>,
    { decision, mode }: EventOf<'task.preemption_withdrawn'>['order'],
    outcome: string,
  ): void {
    const made = this.#decisions.get(decision);
    const { pool, band } = task.class;
    const labels = [pool, made?.band ?? UNKNOWN, band, mode, outcome];
    this.#registry.value('precedent_preemptions_total', ...labels).add();
    // The slot of a victim that was not evicted, stopped for another reason or lost is not free with this.
    const isFree = outcome !== 'spared' && outcome !== 'stopped' && outcome !== 'lost_worker';
    if (made === undefined || !isFree) return;
    this.#registry.distribution('precedent_preemption_latency_seconds', band).observe((at - made.at) / 1_000);
  }

  #settled({ task, record }: EventOf<'task.settled'>): void {
    const { band } = task.class;
    this.#registry.value('precedent_tasks_settled_total', band, record.state).add();
    this.#timeout(band, record.error);
  }

  #timeout(band: Band, error: Problem | undefined): void {
    const limit = error && ownValue(TIMEOUT_LIMITS, error.code);
    if (limit !== undefined) this.#registry.value('precedent_timeouts_total', band, limit).add();
  }

  #stepRecorded({ step, ms }: EventOf<'task.step_recorded'>): void {
    if (step.kind === 'checkpoint') {
      this.#registry.distribution('precedent_checkpoint_save_seconds').observe(ms / 1_000);
      this.#registry.distribution('precedent_checkpoint_bytes').observe(step.bytes);
    }
    if (step.kind === 'undone') this.#registry.value('precedent_rollbacks_total', rollbackResult(step)).add();
  }
}

const bandMetrics = (registry: Registry<MetricName>, band: Band): BandMetrics => ({
  submitted: registry.value('precedent_tasks_submitted_total', band),
  wait: registry.distribution('precedent_queue_wait_seconds', band),
  useful: registry.value('precedent_useful_work_seconds_total', band),
});

const rollbackResult = (step: Extract<CheckpointStepRecord['step'], { kind: 'undone' }>): 'ok' | 'failed' =>
  step.error === undefined ? 'ok' : 'failed';

/** The task was a victim before, and has no new checkpoint since it was resumed. */
const isRepeat = ({ task: { durable }, run }: TaskEnded): boolean =>
  durable.preemptions > 1 && (durable.checkpoints[0]?.at ?? 0) < (run.startedAt ?? 0);
