import type { LeaseStep } from '@precedent/contract-types';
import { metricsTelemetry } from '@precedent/otel';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { aTask, world } from '../engine/world.ts';
import type { WorldOptions } from '../engine/world.ts';
import { samplesOf } from './samples.ts';

/** A world with the metrics of its engines. */
const counted = async (options: WorldOptions = {}) => {
  const w = await world({ preemption: DEFAULT_POLICY, ...options, started: false });
  const metrics = metricsTelemetry({ clock: w.clock, aging: [0, 0, 0, 0] });
  w.listeners.push(metrics);
  await w.start();
  return { w, samples: () => samplesOf(metrics.text()), text: () => metrics.text() };
};

/** A worker of one slot that has run a low task for a second. */
const busy = async (low = {}, options: WorldOptions = {}) => {
  const made = await counted(options);
  const worker = await made.w.worker();
  await made.w.submit(aTask({ id: 'low', band: 'low', ...low }));
  await made.w.advance(1_000);
  return { ...made, worker };
};

const checkpoint: LeaseStep = {
  kind: 'checkpoint',
  seq: 1,
  hash: 'a'.repeat(64),
  version: '1',
  bytes: 300,
  state: 1 as never,
};

describe('the metrics', () => {
  it('show queue, slots, workers, and how long the first task waits', async () => {
    const { w, samples } = await busy();
    await w.submit(aTask({ band: 'low' }), aTask({ band: 'low' }), aTask({ band: 'normal' }));
    await w.advance(5_000);
    expect(samples()).toMatchObject({
      'precedent_queue_depth{band="low"}': 2,
      'precedent_queue_depth{band="normal"}': 1,
      'precedent_queue_depth{band="critical"}': 0,
      'precedent_band_slots{band="low"}': 1,
      precedent_workers: 1,
      precedent_slots: 1,
      precedent_engine_epoch: 1,
      'precedent_engine_state{state="running"}': 1,
    });
    expect(samples()['precedent_queue_oldest_age_seconds{band="low"}']).toBeGreaterThanOrEqual(4);
  });

  it('show nothing for a cell that this engine does not own any more', async () => {
    const { w, samples } = await busy();
    await w.advance(2_000);
    const stopping = w.engine.stop({ drainMs: 0 });
    await w.advance(100);
    await stopping;
    expect(samples()).toMatchObject({ 'precedent_engine_state{state="stopped"}': 1 });
    expect(Object.keys(samples()).filter((name) => /queue_depth|workers|slots/.test(name))).toEqual([]);
  });

  it('measure the wait until the first start, and the time and the outcome of each run', async () => {
    const { w, worker, samples } = await busy();
    await w.submit(aTask({ id: 'next', band: 'normal', preemption: { preempts: false } }));
    await w.advance(2_000);
    await worker.complete('low');
    await worker.fail('next');
    await w.advance(3_000);
    await worker.complete('next');
    expect(samples()).toMatchObject({
      'precedent_tasks_submitted_total{band="low"}': 1,
      'precedent_tasks_settled_total{band="low",verdict="completed"}': 1,
      'precedent_queue_wait_seconds_count{band="normal"}': 1,
      'precedent_queue_wait_seconds_sum{band="normal"}': 2,
      'precedent_task_execution_seconds_sum{band="low",outcome="completed"}': 3,
      'precedent_task_execution_seconds_count{band="normal",outcome="retrying"}': 1,
      'precedent_task_execution_seconds_count{band="normal",outcome="completed"}': 1,
      'precedent_task_retries_total{band="normal"}': 1,
    });
  });

  it('count each time limit once', async () => {
    const { w, worker, samples } = await busy({ timeouts: { attempt: 5_000 }, retry: { max: 1 } });
    await w.submit(aTask({ id: 'impatient', band: 'low', timeouts: { queue: 2_000 } }));
    await w.advance(6_000);
    await worker.end('low', { outcome: 'stopped' });
    await w.advance(8_000);
    await worker.end('low', { outcome: 'stopped' });
    expect(samples()).toMatchObject({
      'precedent_timeouts_total{band="low",limit="attempt"}': 2,
      'precedent_timeouts_total{band="low",limit="queue"}': 1,
    });
  });

  it('describe each preemption: preemptor, victim, mode, time and cost', async () => {
    const { w, worker, samples } = await busy();
    await w.ask((api, reply) => api.workers.recordStep(worker.session, ['low', 1], checkpoint, reply));
    await w.advance(500);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(250);
    await worker.end('low', { outcome: 'stopped' });
    await worker.complete('urgent');
    await w.advance(1_100);
    await worker.complete('low');
    const victim = 'pool="default",preemptor_band="critical",victim_band="low"';
    expect(samples()).toMatchObject({
      [`precedent_preemptions_total{${victim},mode="immediate",outcome="aborted"}`]: 1,
      'precedent_preemption_decisions_total{outcome="preempted",reason="victims"}': 1,
      'precedent_preemption_latency_seconds_sum{victim_band="low"}': 0.25,
      'precedent_preemptor_start_latency_seconds_sum{band="critical"}': 0.25,
      'precedent_preemptors_total{band="critical",result="in_time"}': 1,
      'precedent_preemption_lost_work_seconds_total{victim_band="low"}': 0.75,
      precedent_victims_per_decision_count: 1,
      precedent_preemption_round_seconds_count: 1,
      precedent_checkpoint_bytes_sum: 300,
      'precedent_resume_total{from="checkpoint"}': 1,
      'precedent_preempt_breaker_open{pool="default"}': 0,
    });
    const { precedent_goodput_ratio: goodput = 0 } = samples();
    expect(goodput).toBeGreaterThan(0.5);
    expect(goodput).toBeLessThan(1);
  });

  it('measure for how long a worker is above its slot count', async () => {
    const { w, samples } = await counted();
    const worker = await w.worker({ express: 1 });
    await w.submit(aTask({ id: 'low', band: 'low' }));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(400);
    await worker.complete('urgent');
    expect(samples()).toMatchObject({ 'precedent_express_excess_seconds_sum{end="ended"}': 0.4 });
  });

  it('count overdue slots, and measure for how long they were', async () => {
    const { w, worker, samples } = await busy({ timeouts: { grace: 1_000 } });
    await w.cancel('low');
    await w.advance(4_000);
    expect(samples()).toMatchObject({ precedent_overdue_slots: 1 });
    await worker.end('low', { outcome: 'stopped' });
    await w.advance(1_000);
    expect(samples()).toMatchObject({
      precedent_overdue_slots: 0,
      'precedent_overdue_seconds_sum{end="ended"}': 3,
    });
  });

  it('count victims that were preempted again before they had saved a checkpoint', async () => {
    const { w, worker, samples } = await busy();
    for (const id of ['u1', 'u2']) {
      await w.submit(aTask({ id, band: 'critical' }));
      await worker.end('low', { outcome: 'stopped' });
      await worker.complete(id);
      await w.advance(2_500);
    }
    expect(samples()).toMatchObject({ 'precedent_preemption_repeat_total{victim_band="low"}': 1 });
  });

  it('count preemptors that did not get the freed slot', async () => {
    const { w, worker, samples } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.cancel('urgent');
    await worker.end('low', { outcome: 'stopped' });
    await w.advance(100);
    expect(samples()).toMatchObject({ 'precedent_preemptors_total{band="critical",result="left"}': 1 });
  });

  it('count decisions without victims, by reason', async () => {
    const { w, samples } = await busy({ preemption: { mode: 'never' } });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(samples()).toMatchObject({
      'precedent_preemption_decisions_total{outcome="infeasible",reason="no_candidates"}': 1,
    });
  });

  it('show a breaker for as long as it is open', async () => {
    const breaker = { ...DEFAULT_POLICY.breaker, samplesMin: 1, repeatPercentMax: 0, openMs: 30_000 };
    const { w, worker, samples } = await busy({}, { preemption: { ...DEFAULT_POLICY, breaker } });
    for (const id of ['u1', 'u2']) {
      await w.submit(aTask({ id, band: 'critical' }));
      await worker.end('low', { outcome: 'stopped' });
      await worker.complete(id);
      await w.advance(2_500);
    }
    expect(samples()['precedent_preempt_breaker_open{pool="default"}']).toBe(1);
    await w.advance(30_000);
    expect(samples()['precedent_preempt_breaker_open{pool="default"}']).toBe(0);
  });

  it('cover the journal and the process', async () => {
    const { samples } = await busy();
    const all = samples();
    expect(all['precedent_journal_flush_records_count']).toBeGreaterThan(0);
    expect(all['precedent_journal_bytes_total']).toBeGreaterThan(0);
    expect(all['process_resident_memory_bytes']).toBeGreaterThan(1e7);
    expect(all['process_cpu_seconds_total']).toBeGreaterThan(0);
  });
});
