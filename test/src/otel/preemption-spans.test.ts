import { describe, expect, it } from 'vitest';
import { HASH, preemptionScenario, trace } from './preemption-scenario.ts';

describe('the spans of a preemption', () => {
  it('are exactly these: one span for each run, and none while the victim waits', async () => {
    const { spans } = await preemptionScenario();
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

  it('are in the traces of the submitters, and never in error', async () => {
    const { spans, low, urgent } = await preemptionScenario();
    for (const { name, ref, status } of spans()) {
      expect(status, name).toBe('UNSET');
      const isLow = /low|report/.test(name);
      if (isLow) expect(ref, name).toContain(trace('a'));
      if (/critical/.test(name)) expect(ref, name).toContain(trace('b'));
    }
    const runs = spans().filter(({ name }) => name.startsWith('process'));
    expect(new Set(runs.map(({ links }) => links[0]?.[1]))).toEqual(new Set([low.ref, urgent.ref]));
  });

  it('take some time and lie within their parents, so that no backend corrects the clocks', async () => {
    const { spans } = await preemptionScenario();
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

  it('repeat their links in attributes, for backends that drop the attributes of links', async () => {
    const { spans } = await preemptionScenario();
    for (const { name, attributes, links } of spans()) {
      const roles = Object.groupBy(links, ([type]) => type);
      for (const [type, linked = []] of Object.entries(roles))
        expect(attributes[`precedent.links.${type}`], name).toEqual(linked.map(([, ref]) => ref));
    }
  });

  it('link each run to its submission, to the run before it, and to the decision that ended it', async () => {
    const { named, one, low, urgent } = await preemptionScenario();
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

  it('link the decision to its preemptor, to the runs of its victims, and to the run of the preemptor', async () => {
    const { named, one, urgent } = await preemptionScenario();
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

  it('link the resume to the decision and to the run that it continues', async () => {
    const { named, one } = await preemptionScenario();
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

  it('last from the lease to its end, and from the decision to the start of the preemptor', async () => {
    const { named, one, t0 } = await preemptionScenario();
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

  it('hold an ack or a requeue below each run, as the end of its lease', async () => {
    const { named, one } = await preemptionScenario();
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
});
