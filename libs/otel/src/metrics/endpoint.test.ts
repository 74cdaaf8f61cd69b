import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Probe } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PreemptionTelemetryEvent, TaskTelemetryEvent, TelemetryEvent } from '@precedent/ports';
import { openEndpoint } from './endpoint.ts';
import { healthTelemetry } from './health.ts';

const setup = async (port = 0) => {
  const problems = new Probe<string>();
  problems.arm();
  let requests = 0;
  const text = (): string => `depth ${++requests}\n`;
  const health = healthTelemetry();
  const endpoint = openEndpoint({
    host: '127.0.0.1',
    port,
    text,
    health,
    onProblem: (said) => problems.hit(said),
  });
  onTestFinished(() => endpoint.close());
  return { endpoint, problems, health };
};

type CellEvent = Exclude<TelemetryEvent, TaskTelemetryEvent | PreemptionTelemetryEvent>;

const get = (port: number, path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`);

describe('the endpoint', () => {
  it('serves what there is now, as Prometheus wants it', async () => {
    const { endpoint } = await setup();
    await endpoint.listening;
    const first = await get(endpoint.port, '/metrics');
    expect(first.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await first.text()).toBe('depth 1\n');
    expect(await (await get(endpoint.port, '/metrics?name=depth')).text()).toBe('depth 2\n');
  });

  it('answers HEAD as it would GET, without the body', async () => {
    const { endpoint } = await setup();
    await endpoint.listening;
    for (const path of ['/metrics', '/healthz', '/readyz', '/nothing']) {
      const [head, whole] = await Promise.all([
        fetch(`http://127.0.0.1:${endpoint.port}${path}`, { method: 'HEAD' }),
        get(endpoint.port, path),
      ]);
      expect([head.status, head.headers.get('content-type')]).toEqual([
        whole.status,
        whole.headers.get('content-type'),
      ]);
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
      expect([await head.text(), (await whole.text()) === '']).toEqual(['', false]);
    }
  });

  it('tells whether the engine lives, and whether it accepts tasks', async () => {
    const { endpoint, health } = await setup();
    await endpoint.listening;
    const seen = async (...events: readonly CellEvent[]): Promise<unknown[]> => {
      for (const event of events) health.emit(event);
      const [alive, ready] = [await get(endpoint.port, '/healthz'), await get(endpoint.port, '/readyz')];
      expect(await alive.text()).toBe(await ready.clone().text());
      return [alive.status, ready.status, await ready.json()];
    };
    const to = (state: 'starting' | 'running' | 'stopping' | 'error'): CellEvent =>
      ({ name: 'engine.state', from: 'stopped', to: state }) as CellEvent;
    const problem = { code: 'JOURNAL_UNAVAILABLE', message: 'no answer' } as const;
    const down = { status: 'unavailable', journal: 'ok' };
    expect(await seen()).toEqual([200, 503, { ...down, engine: 'stopped' }]);
    expect(await seen(to('starting'), { name: 'engine.standby', owner: 'b' })).toEqual([
      200,
      503,
      { ...down, engine: 'starting', owner: 'b' },
    ]);
    const recovered = { name: 'recovery.finished', ms: 1, entries: 0, open: 0, fromSnapshot: false } as const;
    expect(await seen({ ...recovered, epoch: 4 }, to('running'))).toEqual([
      200,
      200,
      { status: 'ok', journal: 'ok', engine: 'running', epoch: 4 },
    ]);
    expect(await seen({ name: 'journal.unavailable', attempt: 1, problem })).toEqual([
      200,
      503,
      { status: 'unavailable', journal: 'unavailable', engine: 'running', epoch: 4 },
    ]);
    expect((await seen({ name: 'journal.restored', landed: 0 }))[1]).toBe(200);
    const failed = { ...to('error'), cause: { code: 'JOURNAL_CORRUPT', message: '' } } as CellEvent;
    expect(await seen(failed)).toEqual([503, 503, { ...down, engine: 'error', error: 'JOURNAL_CORRUPT' }]);
  });

  it('serves nothing else', async () => {
    const { endpoint } = await setup();
    await endpoint.listening;
    for (const path of ['/', '/metricsx', '/../etc/passwd'])
      expect((await get(endpoint.port, path)).status).toBe(404);
    const posted = await fetch(`http://127.0.0.1:${endpoint.port}/metrics`, { method: 'POST' });
    expect(posted.status).toBe(404);
  });

  it('says that a port is taken, and lets everything else go on', async () => {
    const other = createServer();
    onTestFinished(() => void other.close());
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as AddressInfo;
    const { endpoint, problems } = await setup(port);
    expect(await problems.next()).toMatch(
      new RegExp(`^metrics cannot be served on 127.0.0.1:${port}: .*EADDRINUSE`),
    );
    await endpoint.close();
    await endpoint.listening;
    expect(endpoint.port).toBe(0);
  });
});
