import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Probe } from '@precedent/kernel';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openEndpoint } from './endpoint.ts';

const setup = async (port = 0) => {
  const problems = new Probe<string>();
  problems.arm();
  let asked = 0;
  const text = (): string => `depth ${++asked}\n`;
  const endpoint = openEndpoint({ host: '127.0.0.1', port, text, onProblem: (said) => problems.hit(said) });
  onTestFinished(() => endpoint.close());
  return { endpoint, problems };
};

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
