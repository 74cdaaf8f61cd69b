import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Probe } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openOtlp, tracesUrl } from './otlp.ts';
import type { SpanRecord } from './span.ts';

const span: SpanRecord = {
  name: 'process tasks.low',
  kind: 'consumer',
  ref: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
  startAt: 1_000,
  endAt: 1_500,
  attributes: { 'precedent.task.id': 'T1' },
  links: [],
  events: [],
};

/** A collector that answers with this status, and tells what came. */
const collector = async (status: number) => {
  const requests = new Probe<{ readonly path: string; readonly body: Buffer }>();
  requests.arm();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(status).end();
      requests.hit({ path: request.url ?? '', body: Buffer.concat(chunks) });
    });
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
};

const open = async (url: string) => {
  const problems: string[] = [];
  const resource = { 'service.name': 'precedent-engine' };
  const sink = await openOtlp({ url, resource, onProblem: (message) => problems.push(message) });
  return { sink, problems };
};

describe('spans over OTLP', () => {
  it('are delivered at the latest when the engine ends, with who it was', async () => {
    const { url, requests } = await collector(200);
    const { sink, problems } = await open(url);
    sink.write(span);
    await sink.close();
    const { path, body } = await requests.next();
    expect(path).toBe('/v1/traces');
    expect(body.includes('process tasks.low')).toBe(true);
    expect(body.includes('precedent-engine')).toBe(true);
    expect(problems).toEqual([]);
  });

  it('that no collector takes are reported once, and stop nothing', async () => {
    const { sink, problems } = await open((await collector(400)).url);
    sink.write(span);
    await sink.close();
    expect(problems).toEqual([expect.stringMatching(/^spans are not delivered: /)]);
  });

  it('do not hold up the end of the engine when the collector is away', async () => {
    const { sink } = await open('http://127.0.0.1:9');
    sink.write(span);
    const startedAt = performance.now();
    await sink.close();
    expect(performance.now() - startedAt).toBeLessThan(4_000);
  });

  it('go to the path of traces, unless the address names one', () => {
    expect(tracesUrl('http://127.0.0.1:4318')).toBe('http://127.0.0.1:4318/v1/traces');
    expect(tracesUrl('http://127.0.0.1:4318/')).toBe('http://127.0.0.1:4318/v1/traces');
    expect(tracesUrl('https://x.org/insert/opentelemetry/v1/traces')).toBe(
      'https://x.org/insert/opentelemetry/v1/traces',
    );
  });
});
