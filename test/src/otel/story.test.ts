import type { LeaseStep } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { PREEMPT_EVENTS, SPANS, SPAN_ATTRIBUTES } from '@precedent/otel';
import type { DecisionRecord } from '@precedent/scheduling';
import { aTask } from '../engine/world.ts';
import { tracedWorld } from './traced-world.ts';
import type { SeenSpan } from './traced-world.ts';

const HASH = 'a'.repeat(64);
const trace = (digit: string): string => digit.repeat(32);
const span = (digit: string): string => digit.repeat(16);
/** The context that a submitter sends along. */
const submitted = (digit: string, flags = '01') => ({
  traceparent: `00-${trace(digit)}-${span(digit)}-${flags}`,
  ref: `${trace(digit)}/${span(digit)}`,
});

const checkpoint = (seq: number): LeaseStep => ({
  kind: 'checkpoint',
  seq,
  hash: HASH,
  version: '2',
  bytes: 10,
  fraction: 0.5,
  state: { done: seq } as never,
});

/**
 * A low task runs for a second and saves a checkpoint; an urgent one takes its place; the low one saves another on its way
 * out, goes on when the urgent one is done, undoes what it had begun, and finishes.
 */
const story = async () => {
  const world = await tracedWorld();
  const { w } = world;
  const worker = await w.worker();
  const [low, urgent] = [submitted('a'), submitted('b')];
  const t0 = w.now;
  await w.submit(aTask({ id: 'low', band: 'low', traceparent: low.traceparent }));
  const keep = (epoch: number, step: LeaseStep) =>
    w.ask((api, reply) => api.workers.recordStep(worker.session, ['low', epoch], step, reply));
  await w.advance(600);
  await keep(1, checkpoint(1));
  await w.advance(400);
  await w.submit(aTask({ id: 'urgent', band: 'critical', traceparent: urgent.traceparent }));
  await w.advance(300);
  await keep(1, checkpoint(2));
  await keep(1, { kind: 'undo', seq: 3, name: 'unbook' });
  await w.advance(200);
  await worker.end('low', { outcome: 'stopped' });
  await w.advance(500);
  await worker.complete('urgent');
  await w.advance(1_000);
  await keep(2, { kind: 'undone', seq: 1, of: 3, ofEpoch: 1 });
  await w.advance(100);
  await worker.complete('low');
  return { ...world, worker, t0, low, urgent };
};

/** The attributes by which a span names what it is linked to repeat its links. */
const withoutRoles = (attributes: SeenSpan['attributes'] = {}): SeenSpan['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith('precedent.links.')));

describe('the spans of a preemption', () => {
  it('are these, and all of them: one span for each run, none over a suspension', async () => {
    const { spans } = await story();
    expect(
      spans()
        .map(({ name, kind }) => `${kind} ${name}`)
        .toSorted(),
    ).toEqual([
      'CLIENT ack tasks.critical',
      'CLIENT ack tasks.low',
      'CLIENT requeue tasks.low',
      'CONSUMER process tasks.critical',
      'CONSUMER process tasks.low',
      'CONSUMER process tasks.low',
      'INTERNAL checkpoint report',
      'INTERNAL checkpoint report',
      'INTERNAL preempt default',
      'INTERNAL resume report',
      'INTERNAL rollback report',
      'INTERNAL schedule default',
    ]);
  });

  it('are in the traces of those who submitted, and never in error', async () => {
    const { spans, low, urgent } = await story();
    for (const { name, ref, status } of spans()) {
      expect(status, name).toBe('UNSET');
      const isLow = /low|report/.test(name);
      if (isLow) expect(ref, name).toContain(trace('a'));
      if (/critical/.test(name)) expect(ref, name).toContain(trace('b'));
    }
    const runs = spans().filter(({ name }) => name.startsWith('process'));
    expect(new Set(runs.map(({ links }) => links[0]?.[1]))).toEqual(new Set([low.ref, urgent.ref]));
  });

  it('has spans that take some time and lie within their parents, so that no backend doubts a clock', async () => {
    const { spans } = await story();
    const all = new Map(spans().map((span) => [span.ref, span]));
    for (const { name, parent, startAt, endAt } of spans()) {
      expect(endAt, name).toBeGreaterThan(startAt);
      if (parent === undefined) continue;
      const above = all.get(parent);
      expect(above, name).toBeDefined();
      expect(startAt, name).toBeGreaterThanOrEqual(above?.startAt ?? Infinity);
      // A decision is open until its preemptor has started.
      if (!name.startsWith('preempt')) expect(endAt, name).toBeLessThanOrEqual(above?.endAt ?? 0);
    }
  });

  it('names by what it is linked on the span itself, for backends that drop the attributes of links', async () => {
    const { spans } = await story();
    for (const { name, attributes, links } of spans()) {
      const roles = Object.groupBy(links, ([type]) => type);
      for (const [type, linked = []] of Object.entries(roles))
        expect(attributes[`precedent.links.${type}`], name).toEqual(linked.map(([, ref]) => ref));
    }
  });

  it('links each run to where it was submitted, to the run before it, and to the decision that ended it', async () => {
    const { named, one, low, urgent } = await story();
    const [first, second] = named('process tasks.low');
    const decision = one('preempt default');
    expect(first?.links).toEqual([
      ['submit', low.ref],
      ['preempted_by', decision.ref],
    ]);
    expect(second?.links).toEqual([
      ['submit', low.ref],
      ['resumed_from', first?.ref],
    ]);
    expect(one('process tasks.critical').links).toEqual([['submit', urgent.ref]]);
  });

  it('links the decision to its preemptor, to the runs of its victims, and to the run that it led to', async () => {
    const { named, one, urgent } = await story();
    const [first] = named('process tasks.low');
    const { links, parent } = one('preempt default');
    expect(links).toEqual([
      ['preemptor', urgent.ref],
      ['victim', first?.ref],
      ['preemptor_run', one('process tasks.critical').ref],
    ]);
    expect(parent).toBe(one('schedule default').ref);
    expect(one('schedule default').parent).toBeUndefined();
  });

  it('links the resume back to the decision and to the run that it goes on with', async () => {
    const { named, one } = await story();
    const [first, second] = named('process tasks.low');
    const resume = one('resume report');
    expect(resume.parent).toBe(second?.ref);
    expect(resume.links).toEqual([
      ['resumed_from', first?.ref],
      ['preempted_by', one('preempt default').ref],
    ]);
    expect(resume.attributes).toMatchObject({
      'precedent.task.id': 'low',
      'precedent.task.epoch': 2,
      'precedent.resume.from': 'checkpoint',
      'precedent.resume.segments': 1,
      'precedent.resume.ran_ms': 1_500,
      'precedent.resume.preempt_count': 1,
      'precedent.resume.undo_count': 1,
      'precedent.checkpoint.id': '1-2',
      'precedent.checkpoint.hash': HASH,
    });
  });

  it('last from the lease to its end, from the decision to the start, and so on', async () => {
    const { named, one, t0 } = await story();
    const times = ({ startAt, endAt }: { startAt: number; endAt: number }) =>
      [startAt - t0, endAt - t0].map(Math.floor);
    expect(named('process tasks.low').map(times)).toEqual([
      [0, 1_500],
      [2_500, 3_100],
    ]);
    expect(times(one('process tasks.critical'))).toEqual([1_500, 2_000]);
    expect(times(one('preempt default'))).toEqual([1_000, 1_500]);
    expect(times(one('schedule default'))).toEqual([1_000, 1_000]);
    expect(named('checkpoint report').map(times)).toEqual([
      [600, 600],
      [1_300, 1_300],
    ]);
  });

  it('tells on the decision what came of it, in order', async () => {
    const { one } = await story();
    const { events } = one('preempt default');
    expect(events.map(({ name }) => name)).toEqual([
      'victims.selected',
      'signal.sent',
      'checkpoint.saved',
      'victim.stopped',
      'slot.granted',
    ]);
    const attributes = Object.fromEntries(events.map((event) => [event.name, event.attributes]));
    expect(attributes).toMatchObject({
      'victims.selected': { 'precedent.victims.ids': ['low'] },
      'signal.sent': { 'precedent.task.id': 'low', 'precedent.victim.mode': 'immediate' },
      'checkpoint.saved': {
        'precedent.task.id': 'low',
        'precedent.checkpoint.id': '1-2',
        'precedent.checkpoint.bytes': 10,
        'precedent.checkpoint.hash': HASH,
        'precedent.duration_ms': 0,
      },
      'victim.stopped': {
        'precedent.task.id': 'low',
        'precedent.victim.outcome': 'aborted',
        'precedent.victim.lost_ms': 200,
      },
      'slot.granted': {
        'precedent.preemptor.task.id': 'urgent',
        'precedent.task.epoch': 1,
        'precedent.preemptor.in_time': true,
        'precedent.waited_ms': 500,
      },
    });
  });

  it('has every attribute of the decision, flat', async () => {
    const { one, w, t0 } = await story();
    const [decided] = w
      .records()
      .flatMap((record) =>
        record.kind === 'decided' ? [{ id: record.decision, record: record.record as DecisionRecord }] : [],
      );
    const { attributes } = one('preempt default');
    expect(withoutRoles(attributes)).toEqual({
      'messaging.system': 'nats',
      'messaging.operation.name': 'preempt',
      'messaging.destination.name': 'tasks.critical',
      'precedent.decision.id': decided?.id,
      'precedent.decision.outcome': 'preempted',
      'precedent.decision.reason': 'victims',
      'precedent.decision.rule.version': 2,
      'precedent.decision.snapshot.hash': decided?.record.hash,
      'precedent.scheduler.epoch': 1,
      'precedent.trigger': 'no_fit',
      'precedent.pool': 'default',
      'precedent.worker.session': 'w1-s1',
      'precedent.namespace': 'default',
      'precedent.tenant.preemptor': 'default',
      'precedent.preemptor.task.id': 'urgent',
      'precedent.preemptor.task.type': 'report',
      'precedent.preemptor.task.band': 'critical',
      'precedent.preemptor.task.band.effective': 'critical',
      'precedent.preemptor.task.wait_ms': 0,
      'precedent.preemptor.task.demand': 'slot=1',
      'precedent.victims.count': 1,
      'precedent.victims.ids': ['low'],
      'precedent.victims.bands': ['low'],
      'precedent.victims.tenants': ['default'],
      'precedent.victims.lost_ms': [400],
      'precedent.victims.restore_ms': [0],
      'precedent.victims.preempt_count': [0],
      'precedent.victims.run_ms': [1_000],
      'precedent.victims.mode': ['immediate'],
      'precedent.candidates.total': 1,
      'precedent.candidates.chosen': 1,
      'precedent.candidates.not_needed': 0,
      ...Object.fromEntries(
        [
          'placement',
          'band',
          'never',
          'atomic',
          'exempt',
          'max_count',
          'budget',
          'natural',
          'tenant',
          'leaving',
          'spared',
        ].map((reason) => [`precedent.candidates.rejected.${reason}`, 0]),
      ),
      'precedent.cost.total_ms': 400,
      'precedent.policy.requested': 'immediate',
      'precedent.policy.applied': 'immediate',
      'precedent.grace_ms': 2_000,
      'precedent.deadline': new Date(t0 + 5_000).toISOString(),
      'precedent.reservation.id': 'urgent@w1-s1',
      'precedent.reservation.expires_at': new Date(t0 + 10_000).toISOString(),
      'precedent.breaker.state': 'closed',
    });
  });

  it('says of a run whose it is, where it ran and how it ended', async () => {
    const { named, one } = await story();
    const [first, second] = named('process tasks.low');
    const common = {
      'messaging.system': 'nats',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': 'tasks.low',
      'messaging.message.id': 'low',
      'precedent.task.id': 'low',
      'precedent.task.type': 'report',
      'precedent.task.band': 'low',
      'precedent.task.attempt': 1,
      'precedent.pool': 'default',
      'precedent.namespace': 'default',
      'precedent.project': 'default',
      'precedent.worker.name': 'w1',
      'precedent.worker.session': 'w1-s1',
    };
    expect(withoutRoles(first?.attributes)).toEqual({
      ...common,
      'precedent.task.epoch': 1,
      'precedent.task.wait_ms': 0,
      'precedent.run.outcome': 'preempted',
      'precedent.decision.id': one('preempt default').attributes['precedent.decision.id'],
      'precedent.victim.outcome': 'aborted',
      'precedent.victim.lost_ms': 200,
    });
    expect(withoutRoles(second?.attributes)).toEqual({
      ...common,
      'precedent.task.epoch': 2,
      'precedent.run.outcome': 'completed',
    });
  });

  it('tells the queue of every end, below the run: done, or to be run again', async () => {
    const { named, one } = await story();
    const [first, second] = named('process tasks.low');
    expect(one('requeue tasks.low')).toMatchObject({
      parent: first?.ref,
      attributes: {
        'messaging.operation.name': 'requeue',
        'messaging.operation.type': 'settle',
        'messaging.destination.name': 'tasks.low',
        'precedent.task.state': 'preempted',
      },
    });
    expect(one('ack tasks.low')).toMatchObject({
      parent: second?.ref,
      attributes: { 'messaging.operation.name': 'ack', 'precedent.task.state': 'completed' },
    });
  });

  it('has a span for each checkpoint and each rollback action, below the run that made it', async () => {
    const { named, one } = await story();
    const [first, second] = named('process tasks.low');
    expect(named('checkpoint report')).toMatchObject([
      {
        parent: first?.ref,
        attributes: {
          'precedent.checkpoint.id': '1-1',
          'precedent.checkpoint.bytes': 10,
          'precedent.checkpoint.version': '2',
        },
      },
      {
        parent: first?.ref,
        attributes: { 'precedent.checkpoint.id': '1-2', 'precedent.checkpoint.fraction': 0.5 },
      },
    ]);
    expect(one('rollback report')).toMatchObject({
      parent: second?.ref,
      links: [['undoes', first?.ref]],
      attributes: {
        'precedent.rollback.action': 'unbook',
        'precedent.rollback.id': '1-3',
        'precedent.rollback.ok': true,
      },
    });
  });

  it('is what the reference says: each span, attribute, event and kind of link is in it', async () => {
    const { spans } = await story();
    const general = (name: string): string =>
      name
        .replace(/tasks\.\w+$/, 'tasks.<band>')
        .replace(/ report$/, ' <type>')
        .replace(/ default$/, ' <pool>');
    const attribute = (name: string): string => name.replace(/(candidates\.rejected|links)\..*/, '$1.*');
    const ofSpan = (span: SeenSpan): string[] =>
      [span.attributes, ...span.events.map((event) => event.attributes)].flatMap(Object.keys);
    for (const span of spans()) {
      const { name, kind, links, events } = span;
      const notes = Object.entries(SPANS).find(([known]) => known === general(name))?.[1];
      expect(notes?.kind, name).toBe(kind.toLowerCase());
      expect(notes?.links, name).toEqual(expect.arrayContaining(links.map(([type]) => type)));
      expect(Object.keys(SPAN_ATTRIBUTES), name).toEqual(expect.arrayContaining(ofSpan(span).map(attribute)));
      expect(Object.keys(PREEMPT_EVENTS), name).toEqual(
        expect.arrayContaining(events.map((event) => event.name)),
      );
    }
  });

  it('has the round with what it looked at', async () => {
    const { one } = await story();
    expect(one('schedule default').attributes).toEqual({
      'precedent.pool': 'default',
      'precedent.scheduler.epoch': 1,
      'precedent.round.waiting': 1,
      'precedent.round.decisions': 1,
      'precedent.round.outcomes': ['preempted'],
    });
  });
});
