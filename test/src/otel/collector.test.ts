import { Probe } from '@precedent/kernel';
import { describe, expect, it, vi } from 'vitest';
import { emptyWorld } from '../e2e/world.ts';
import { startBackend } from './backend.ts';
import type { Backend, StoredSpan } from './backend.ts';

/** A VictoriaTraces, or a Jaeger 1.x (all-in-one). */
const BINARY = process.env['PRECEDENT_TEST_TRACES'] ?? '';

const [LOW, URGENT] = ['a1'.repeat(16), 'b2'.repeat(16)];
const SUBMITTER = 'c3'.repeat(8);

/** An urgent task preempts a low one at a checkpoint, and the low task resumes, with real programs and a real trace store. */
const live = async ({ otlpUrl }: Backend): Promise<void> => {
  await using world = await emptyWorld();
  const settings = { PRECEDENT_MONITORING_OTLP_URL: otlpUrl, PRECEDENT_SERVER_METRICS_PORT: '0' };
  const engine = await world.startEngine(settings);
  const running = new Probe();
  running.arm();
  const worker = world.client.worker({
    slots: 1,
    handlers: {
      'e2e.long': async (_, { resume, checkpoint, yieldSignal }) => {
        if (resume) return resume.state;
        await checkpoint({ half: true });
        running.hit();
        await new Promise((resolve) => yieldSignal.addEventListener('abort', resolve));
        return checkpoint({ half: false });
      },
      'e2e.short': () => Promise.resolve('done'),
    },
  });
  await worker.start();
  const traceparent = (trace: string): string => `00-${trace}-${SUBMITTER}-01`;
  const low = await world.client.submit({
    type: 'e2e.long',
    band: 'low',
    preemption: { mode: 'at_checkpoint' },
    traceparent: traceparent(LOW),
  });
  await running.next();
  const urgent = await world.client.submit({
    type: 'e2e.short',
    band: 'critical',
    traceparent: traceparent(URGENT),
  });
  expect(await world.client.result(urgent.id)).toBe('done');
  expect(await world.client.result(low.id)).toEqual({ half: false });
  await worker.stop();
  // It delivers what it has at its end.
  await engine.stop({ stopMs: 10_000, forceMs: 2_000 });
};

const named = (spans: readonly StoredSpan[], name: string): readonly StoredSpan[] =>
  spans.filter(({ operationName }) => operationName === name);

const refOf = ({ traceID, spanID }: { readonly traceID: string; readonly spanID: string }): string =>
  `${traceID}/${spanID}`;

const oneOf = (spans: readonly StoredSpan[], name: string): StoredSpan => {
  const [one, ...more] = named(spans, name);
  if (one === undefined || more.length > 0) throw new Error(`${one ? more.length + 1 : 0} spans ${name}`);
  return one;
};

const tagsOf = ({ tags }: StoredSpan): Readonly<Record<string, unknown>> =>
  Object.fromEntries(tags.map(({ key, value }) => [key, value]));

/** Parents and links; some stores make the parent a link too. */
const pointsAt = ({ references }: StoredSpan): readonly string[] => references.map(refOf);

describe.skipIf(BINARY === '')('spans in a trace store (PRECEDENT_TEST_TRACES names its program)', () => {
  it('link preemptor, victim and resume, as the query API gives them back', async () => {
    await using backend = await startBackend(BINARY);
    await vi.waitFor(async () => expect(await backend.isReady()).toBe(true), {
      timeout: 20_000,
      interval: 100,
    });
    await live(backend);
    const seen = await vi.waitFor(
      async () => {
        const [low, urgent] = [await backend.trace(LOW), await backend.trace(URGENT)];
        expect(named(low, 'process tasks.low')).toHaveLength(2);
        expect(named(urgent, 'process tasks.critical')).toHaveLength(1);
        return { low, urgent };
      },
      { timeout: 30_000, interval: 200 },
    );
    const resume = oneOf(seen.low, 'resume e2e.long');
    const first = named(seen.low, 'process tasks.low').find(
      (run) => tagsOf(run)['precedent.run.outcome'] === 'preempted',
    );
    // The one other trace that the resume points into is that of the decision.
    const decisionRef = pointsAt(resume).find((ref) => !ref.startsWith(LOW)) ?? '';
    const decisions = await backend.trace(decisionRef.split('/')[0] ?? '');
    const decision = oneOf(decisions, 'preempt default');
    expect(refOf(decision)).toBe(decisionRef);
    expect(pointsAt(resume)).toContain(first && refOf(first));
    const led = refOf(oneOf(seen.urgent, 'process tasks.critical'));
    expect(pointsAt(decision)).toEqual(
      expect.arrayContaining([`${URGENT}/${SUBMITTER}`, first && refOf(first), led]),
    );
    expect(first && pointsAt(first)).toEqual(expect.arrayContaining([`${LOW}/${SUBMITTER}`, decisionRef]));
    expect(tagsOf(decision)).toMatchObject({
      'precedent.decision.outcome': 'preempted',
      'precedent.preemptor.task.band': 'critical',
      'precedent.policy.applied': 'at_checkpoint',
    });
    expect(named(decisions, 'schedule default')).toHaveLength(1);
    expect(named(seen.low, 'checkpoint e2e.long')).toHaveLength(2);
  });
});
