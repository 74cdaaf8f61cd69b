import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseTraceparent } from '@precedent/otel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyWorld } from '../e2e/world.ts';
import { aTask, world } from '../engine/world.ts';
import { tracedWorld } from './traced-world.ts';

const SUBMIT = `00-${'a1'.repeat(16)}-${'c3'.repeat(8)}-01`;

const refIn = (traceparent: string | undefined): string => {
  const context = parseTraceparent(traceparent ?? '');
  return `${context?.traceId}/${context?.spanId}`;
};

describe('the trace context of an assignment', () => {
  it('is that of the span of the run, in the trace of the submitter', async () => {
    const { w, one } = await tracedWorld();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', traceparent: SUBMIT }));
    await worker.complete('a');
    const run = one('process tasks.normal');
    expect(refIn(worker.assigned[0]?.traceparent)).toBe(run.ref);
    expect(run.ref).toContain('a1'.repeat(16));
    expect(run.parent).toBeUndefined();
    expect(run.links).toEqual([['submit', refIn(SUBMIT)]]);
  });

  it('differs for each run of a task, also when the submitter does not trace', async () => {
    const { w, named } = await tracedWorld();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a' }));
    await worker.fail('a');
    await w.advance(1_100);
    await worker.complete('a');
    const handed = worker.assigned.map(({ traceparent }) => refIn(traceparent));
    expect(new Set(handed).size).toBe(2);
    expect(named('process tasks.normal').map(({ ref }) => ref)).toEqual(handed);
  });

  it.each([
    ['the run will not be written', async () => (await tracedWorld({ percent: 0 })).w, undefined],
    ['its submitter is not sampled', async () => (await tracedWorld()).w, SUBMIT.replace(/1$/, '0')],
    ['nothing is traced', () => world(), SUBMIT],
  ])('is none where %s: it has that of its submitter', async (_, made, traceparent) => {
    const w = await made();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', ...(traceparent && { traceparent }) }));
    expect(worker.assigned).toHaveLength(1);
    expect(worker.assigned[0]).not.toHaveProperty('traceparent');
  });
});

/** A collector that records what it receives. */
const collector = async () => {
  const sent: Buffer[] = [];
  const server = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => sent.push(chunk));
    request.on('end', () => response.writeHead(200).end());
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    all: () => Buffer.concat(sent),
  };
};

/** How a span of OTLP begins: its trace, and its own id. */
const spanBytes = (traceparent: string): Buffer => {
  const { traceId = '', spanId = '' } = parseTraceparent(traceparent) ?? {};
  return Buffer.from(`0a10${traceId}1208${spanId}`, 'hex');
};

describe('an engine with tracing', () => {
  it('passes handlers and commands the trace context of a span that it exports', async () => {
    const { url, all } = await collector();
    await using live = await emptyWorld();
    const engine = await live.startEngine({ PRECEDENT_MONITORING_OTLP_URL: url });
    await live.startWorker();
    const worker = live.client.worker({
      handlers: { reported: ({ traceparent }) => Promise.resolve(traceparent) },
    });
    await worker.start();
    const reported = await live.client.submit({ type: 'reported', traceparent: SUBMIT });
    const echoed = await live.client.submit({ command: 'echo $TRACEPARENT', traceparent: SUBMIT });
    const handed = [
      (await live.client.result(reported.id)) as string,
      ((await live.client.result(echoed.id)) as { stdout: string }).stdout.trim(),
    ];
    await worker.stop();
    // It delivers what it has at its end.
    await engine.stop({ stopMs: 10_000, forceMs: 2_000 });
    for (const traceparent of handed) {
      expect(traceparent).not.toBe(SUBMIT);
      expect(parseTraceparent(traceparent)).toMatchObject({ traceId: 'a1'.repeat(16), sampled: true });
      expect(all().includes(spanBytes(traceparent))).toBe(true);
    }
  });
});
