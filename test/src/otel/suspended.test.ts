import { metricsTelemetry } from '@precedent/otel';
import { describe, expect, it } from 'vitest';
import { aTask } from '../engine/world.ts';
import { samplesOf } from './samples.ts';
import { tracedWorld } from './traced-world.ts';

/** A low task that ran for a second, was frozen for five, and ran for two more until its end. */
const frozenOnce = async () => {
  const world = await tracedWorld();
  const { w } = world;
  const metrics = metricsTelemetry({ clock: w.clock, aging: [0, 0, 0, 0] });
  w.listeners.push(metrics);
  const worker = await w.worker({ suspends: ['report'] });
  await w.submit(aTask({ id: 'low', band: 'low', preemption: { mode: 'suspend' } }));
  const startAt = w.now;
  await w.advance(1_000);
  await w.submit(aTask({ id: 'urgent', band: 'critical' }));
  await worker.freeze('low');
  await w.advance(5_000);
  await worker.complete('urgent');
  await w.advance(2_000);
  await worker.complete('low');
  return { ...world, startAt, samples: () => samplesOf(metrics.text()) };
};

describe('a task that is frozen', () => {
  it('has a span for each period in which it ran, the later one linked to the earlier', async () => {
    const { named, one, startAt } = await frozenOnce();
    const [first, second] = named('process tasks.low');
    const decision = one('preempt default');
    expect(first).toMatchObject({ startAt, endAt: startAt + 1_000 });
    expect(first?.attributes).toMatchObject({
      'precedent.run.outcome': 'suspended',
      'precedent.victim.outcome': 'suspended',
      'precedent.victim.lost_ms': 0,
      'precedent.task.epoch': 1,
    });
    expect(first?.links).toEqual([['preempted_by', decision.ref]]);
    expect(second).toMatchObject({ startAt: startAt + 6_000, endAt: startAt + 8_000 });
    expect(second?.links).toEqual([['resumed_from', first?.ref]]);
    expect(second?.ref).not.toBe(first?.ref);
    expect(second?.attributes).toMatchObject({
      'precedent.run.outcome': 'completed',
      'precedent.task.epoch': 1,
    });
    expect(second?.attributes).not.toHaveProperty('precedent.task.wait_ms');
  });

  it('has left its slot as far as the decision is concerned, and resumes where it stopped', async () => {
    const { named, one } = await frozenOnce();
    const decision = one('preempt default');
    const stopped = decision.events.find(({ name }) => name === 'victim.stopped');
    expect(stopped?.attributes).toMatchObject({
      'precedent.task.id': 'low',
      'precedent.victim.outcome': 'suspended',
    });
    expect(decision.links.find(([type]) => type === 'victim')?.[1]).toBe(named('process tasks.low')[0]?.ref);
    const resume = one('resume report');
    expect(resume.attributes).toMatchObject({ 'precedent.resume.from': 'suspended' });
    expect(resume.links[0]).toEqual(['resumed_from', named('process tasks.low')[0]?.ref]);
    expect(resume.parent).toBe(named('process tasks.low')[1]?.ref);
  });

  it('is counted once: its preemption, its outcome, its resume, and its run time', async () => {
    const { samples } = await frozenOnce();
    const labels = 'pool="default",preemptor_band="critical",victim_band="low",mode="suspend"';
    expect(samples()).toMatchObject({
      [`precedent_preemptions_total{${labels},outcome="suspended"}`]: 1,
      'precedent_resume_total{from="suspended"}': 1,
      'precedent_task_execution_seconds_count{band="low",outcome="suspended"}': 1,
      'precedent_task_execution_seconds_sum{band="low",outcome="suspended"}': 1,
      'precedent_task_execution_seconds_sum{band="low",outcome="completed"}': 2,
      'precedent_useful_work_seconds_total{band="low"}': 3,
      precedent_goodput_ratio: 1,
    });
  });
});
