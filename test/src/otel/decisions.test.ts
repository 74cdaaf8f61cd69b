import { DEFAULT_POLICY } from '@precedent/scheduling';
import type { Policy } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { aTask } from '../engine/world.ts';
import { tracedWorld } from './traced-world.ts';
import type { SeenSpan, TracedOptions } from './traced-world.ts';

/** A worker of one slot that has run a low task for a second. */
const busy = async (low = {}, options: TracedOptions = {}) => {
  const world = await tracedWorld(options);
  const worker = await world.w.worker();
  await world.w.submit(aTask({ id: 'low', band: 'low', ...low }));
  await world.w.advance(1_000);
  return { ...world, worker };
};

const eventsOf = ({ events }: SeenSpan): readonly string[] => events.map(({ name }) => name);
const linkTypes = ({ links }: SeenSpan): readonly string[] => links.map(([type]) => type);

/** Low tasks are not evicted when they do not yield. */
const SPARING: Policy = {
  ...DEFAULT_POLICY,
  classes: [
    { ...DEFAULT_POLICY.classes[0], mode: 'at_checkpoint', checkpointDeadlineMs: 2_000, escalates: false },
    DEFAULT_POLICY.classes[1],
    DEFAULT_POLICY.classes[2],
    DEFAULT_POLICY.classes[3],
  ],
};

describe('a decision that takes no victim', () => {
  it('is a span that ends at once, with the reason why each candidate was rejected', async () => {
    const { w, one } = await busy({ preemption: { mode: 'never' } });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    const span = one('preempt default');
    expect(span.attributes).toMatchObject({
      'precedent.decision.outcome': 'infeasible',
      'precedent.victims.count': 0,
      'precedent.candidates.rejected.never': 1,
    });
    expect(span.events).toMatchObject([
      {
        name: 'candidate.rejected',
        attributes: {
          'precedent.task.id': 'low',
          'precedent.worker.session': 'w1-s1',
          'precedent.candidate.fate': 'never',
        },
      },
    ]);
    expect(span).toMatchObject({ startAt: w.now, status: 'UNSET', links: [] });
    expect(Math.floor(span.endAt)).toBe(w.now);
    expect(one('schedule default').attributes).toMatchObject({ 'precedent.round.outcomes': ['infeasible'] });
  });

  it('shows the rejected candidates of its record, and counts the others', async () => {
    const { w, one } = await tracedWorld();
    await w.worker({ slots: 12 });
    const never = { band: 'low', preemption: { mode: 'never' } } as const;
    await w.submit(...Array.from({ length: 12 }, (_, n) => aTask({ id: `low${n}`, ...never })));
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(one('preempt default').attributes['precedent.candidates.rejected.never']).toBe(12);
    const { events } = one('preempt default');
    expect(events.length).toBeGreaterThan(0);
    expect(events.length).toBeLessThanOrEqual(10);
    expect(new Set(events.map(({ attributes }) => attributes['precedent.candidate.fate']))).toEqual(
      new Set(['never']),
    );
  });
});

describe('the span of a decision that takes victims', () => {
  it('is open until its preemptor has started', async () => {
    const { w, worker, named } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    expect(named('preempt default')).toEqual([]);
    expect(named('schedule default')).toHaveLength(1);
    await worker.end('low', { outcome: 'stopped' });
    expect(named('preempt default')).toHaveLength(1);
  });

  it('shows an escalation, and the second signal to the victim', async () => {
    const gentle = { band: 'normal', preemption: { checkpointDeadline: 3_000, exempt: 0 } };
    const { w, worker, one } = await busy(gentle);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(3_100);
    await worker.end('low', { outcome: 'stopped' });
    const span = one('preempt default');
    expect(eventsOf(span)).toEqual([
      'victims.selected',
      'signal.sent',
      'escalated',
      'signal.sent',
      'victim.stopped',
      'slot.granted',
    ]);
    expect(span.events[2]?.attributes).toMatchObject({
      'precedent.victim.mode.before': 'at_checkpoint',
      'precedent.victim.mode': 'immediate',
    });
    expect(one('process tasks.normal').attributes).toMatchObject({ 'precedent.victim.outcome': 'aborted' });
  });

  it('ends when its victim was kept and another victim is searched for', async () => {
    const { w, named } = await busy({}, { preemption: SPARING });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.advance(2_100);
    const [span] = named('preempt default');
    expect(span && eventsOf(span).slice(-2)).toEqual(['victim.spared', 'reservation.replanned']);
    expect(span?.events.at(-2)?.attributes).toMatchObject({ 'precedent.spared.reason': 'not_yielded' });
    expect(named('process tasks.low')).toEqual([]);
  });

  it('shows that a victim was cancelled instead, and does not count it as a victim any more', async () => {
    const { w, worker, one } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.cancel('low');
    await worker.end('low', { outcome: 'stopped' });
    expect(eventsOf(one('preempt default')).slice(-2)).toEqual(['victim.spared', 'slot.granted']);
    expect(one('process tasks.low').attributes['precedent.run.outcome']).toBe('cancelled');
    expect(linkTypes(one('process tasks.low'))).toEqual([]);
    expect(one('nack tasks.low').attributes['precedent.task.state']).toBe('cancelled');
  });

  it('ends when its preemptor does not wait any more', async () => {
    const { w, worker, one } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await w.cancel('urgent');
    await worker.end('low', { outcome: 'stopped' });
    await w.advance(100);
    const span = one('preempt default');
    expect(eventsOf(span).slice(-2).toSorted()).toEqual(['preemptor.left', 'victim.stopped']);
    expect(linkTypes(span)).toEqual(['victim']);
  });

  it('ends when the slot reserved for its preemptor was not free in time', async () => {
    const { w, worker, named } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    // The worker answers, and does not end what runs.
    await w.advance(20_000);
    await worker.end('low', { outcome: 'stopped' });
    await w.advance(100);
    const events = named('preempt default').flatMap(eventsOf);
    expect(events).toContain('reservation.expired');
    expect(events).toContain('victim.stopped');
  });

  it('ends when a more urgent task takes the reservation', async () => {
    const { w, worker, named } = await busy({}, {});
    await w.submit(aTask({ id: 'high', band: 'high', preemption: { preemptAfter: 0 } }));
    await w.advance(100);
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    const spans = named('preempt default');
    const stolen = spans.find((span) => eventsOf(span).includes('reservation.stolen'));
    expect(stolen?.attributes['precedent.preemptor.task.id']).toBe('high');
    const granted = spans.find((span) => eventsOf(span).includes('slot.granted'));
    expect(granted?.attributes).toMatchObject({
      'precedent.preemptor.task.id': 'urgent',
      'precedent.decision.outcome': 'reservation_stolen',
      'precedent.stolen.ids': ['high'],
    });
  });

  it('ends when a task of a higher band starts in its place, although that task preempts no other', async () => {
    const { w, worker, named } = await busy();
    await w.submit(aTask({ id: 'high', band: 'high', preemption: { preemptAfter: 0 } }));
    await w.submit(aTask({ id: 'urgent', band: 'critical', preemption: { preempts: false } }));
    await worker.end('low', { outcome: 'stopped' });
    expect(worker.ids).toEqual(['low', 'urgent']);
    const [span] = named('preempt default');
    expect(span?.attributes['precedent.preemptor.task.id']).toBe('high');
    expect(span && eventsOf(span).slice(-2)).toEqual(['victim.stopped', 'reservation.stolen']);
    expect(span && linkTypes(span)).toEqual(['victim']);
  });

  it('is written unfinished when the engine stops', async () => {
    const { w, one } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    const stopping = w.engine.stop({ drainMs: 0 });
    await w.advance(100);
    await stopping;
    expect(eventsOf(one('preempt default'))).toEqual(['victims.selected', 'signal.sent']);
  });
});

describe('a task that was submitted without a trace', () => {
  it('gets a trace id that is derived from its id, and all its runs are in that trace', async () => {
    const { w, worker, spans } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    await worker.complete('urgent');
    await w.advance(1_100);
    await worker.complete('low');
    const traces = (name: string): Set<string | undefined> =>
      new Set(
        spans()
          .filter((span) => span.name.includes(name))
          .map(({ ref }) => ref.split('/')[0]),
      );
    expect(traces('tasks.low').size).toBe(1);
    expect(traces('resume')).toEqual(traces('tasks.low'));
    expect(traces('tasks.critical')).not.toEqual(traces('tasks.low'));
  });
});

describe('after the death of an engine', () => {
  it('a resume is still linked to the decision, and to the run that it continues', async () => {
    const { w, worker, one, named } = await busy();
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    const [decision, before] = [one('preempt default'), one('process tasks.low')];
    w.crash();
    await w.restart();
    await worker.hello();
    await worker.complete('urgent');
    await w.advance(1_100);
    expect(one('resume report').links).toEqual([
      ['resumed_from', before.ref],
      ['preempted_by', decision.ref],
    ]);
    await worker.complete('low');
    expect(named('process tasks.low').at(-1)?.links).toEqual([['resumed_from', before.ref]]);
  });

  it('a run that outlives the engine is one span, from its lease to its end', async () => {
    const { w, worker, one } = await busy();
    const startedAt = w.now - 1_000;
    w.crash();
    await w.restart();
    await worker.hello();
    await worker.complete('low');
    expect(one('process tasks.low')).toMatchObject({ startAt: startedAt, endAt: w.now });
  });
});

describe('a failed attempt', () => {
  it('is an error span with its code, and the next attempt links to it', async () => {
    const { w, worker, named } = await busy();
    await worker.fail('low');
    await w.advance(2_000);
    await worker.complete('low');
    const [first, second] = named('process tasks.low');
    expect(first).toMatchObject({ status: 'ERROR', attributes: { 'error.type': 'HANDLER_FAILED' } });
    expect(second).toMatchObject({ status: 'UNSET', links: [['retry_of', first?.ref]] });
  });
});

describe('the sampling of spans', () => {
  it('drops every run of a task whose trace is not sampled, and writes every run of a sampled one', async () => {
    const { w, worker, named } = await busy({}, { percent: 50 });
    await worker.complete('low');
    const trace = (n: number, flags: string) => `00-${`${n}`.repeat(32)}-${`${n}`.repeat(16)}-${flags}`;
    for (const n of [1, 2, 3, 4]) {
      await w.submit(aTask({ id: `off${n}`, band: 'normal', traceparent: trace(n, '00') }));
      await worker.complete(`off${n}`);
      await w.submit(aTask({ id: `on${n}`, band: 'high', traceparent: trace(n, '01') }));
      await worker.complete(`on${n}`);
    }
    expect(named('process tasks.normal')).toEqual([]);
    expect(named('process tasks.high')).toHaveLength(4);
  });

  it('writes all spans of a preemption, and no others, at 0 percent', async () => {
    const { w, worker, spans } = await busy({}, { percent: 0 });
    await w.submit(aTask({ id: 'urgent', band: 'critical' }));
    await worker.end('low', { outcome: 'stopped' });
    await worker.complete('urgent');
    await w.advance(1_100);
    await worker.complete('low');
    await w.submit(aTask({ id: 'other', band: 'high' }));
    await worker.complete('other');
    const about = new Set(spans().map(({ attributes }) => attributes['precedent.task.id']));
    expect(about).toEqual(new Set(['low', 'urgent', undefined]));
    expect(spans().filter(({ name }) => name === 'process tasks.low')).toHaveLength(2);
  });

  it('writes about the requested share of the other tasks', async () => {
    const { w, named } = await tracedWorld({ percent: 25 });
    const worker = await w.worker({ slots: 200 });
    const ids = Array.from({ length: 200 }, (_, n) => `t${n}`);
    await w.submit(...ids.map((id) => aTask({ id })));
    for (const id of ids) await worker.complete(id);
    const written = named('process tasks.normal').length;
    expect(written).toBeGreaterThan(25);
    expect(written).toBeLessThan(75);
  });
});
