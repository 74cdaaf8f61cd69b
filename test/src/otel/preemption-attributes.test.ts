import { PREEMPT_EVENTS, SPANS, SPAN_ATTRIBUTES } from '@precedent/otel';
import type { DecisionRecord } from '@precedent/scheduling';
import { describe, expect, it } from 'vitest';
import { HASH, preemptionScenario } from './preemption-scenario.ts';
import type { SeenSpan } from './traced-world.ts';

/** Without the attributes that repeat the links of the span. */
const withoutRoles = (attributes: SeenSpan['attributes'] = {}): SeenSpan['attributes'] =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => !name.startsWith('precedent.links.')));

describe('the attributes and events of the spans of a preemption', () => {
  it('show the consequences of the decision as its events, in order', async () => {
    const { one } = await preemptionScenario();
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

  it('hold every attribute of the decision, flat', async () => {
    const { one, w, t0 } = await preemptionScenario();
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
      'precedent.decision.rule.version': decided?.record.rule,
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

  it('name the task of a run, its worker and its outcome', async () => {
    const { named, one } = await preemptionScenario();
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

  it('describe each checkpoint and each rollback action, below the run that made it', async () => {
    const { named, one } = await preemptionScenario();
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

  it('are in the reference: each span, attribute, event and kind of link', async () => {
    const { spans } = await preemptionScenario();
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

  it('describe the scheduling round with what it considered', async () => {
    const { one } = await preemptionScenario();
    expect(one('schedule default').attributes).toEqual({
      'precedent.pool': 'default',
      'precedent.scheduler.epoch': 1,
      'precedent.round.waiting': 1,
      'precedent.round.decisions': 1,
      'precedent.round.outcomes': ['preempted'],
    });
  });
});
