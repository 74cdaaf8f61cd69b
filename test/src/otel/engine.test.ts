import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { emptyWorld } from '../e2e/world.ts';
import type { Environment } from '../e2e/programs.ts';
import { freePort } from './backend.ts';
import { samplesOf } from './samples.ts';

const setup = async (settings: Environment = {}) => {
  const world = await emptyWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const port = await freePort();
  const start = () => world.startEngine({ PRECEDENT_SERVER_METRICS_PORT: String(port), ...settings });
  return { world, port, start, metrics: () => fetch(`http://127.0.0.1:${port}/metrics`) };
};

describe('the metrics of an engine process', () => {
  it('are served at the configured port, and the address is logged', async () => {
    const { world, port, start, metrics } = await setup();
    await start();
    await world.said(`metrics on http://127.0.0.1:${port}/metrics`);
    const { id } = await world.client.submit({ type: 'nobody', band: 'high' });
    await world.client.cancel(id);
    expect(samplesOf(await (await metrics()).text())).toMatchObject({
      'precedent_engine_state{state="running"}': 1,
      precedent_engine_epoch: 1,
      'precedent_tasks_submitted_total{band="high"}': 1,
      'precedent_tasks_settled_total{band="high",verdict="cancelled"}': 1,
    });
  });

  it('are not served when they are switched off', async () => {
    const { start, metrics } = await setup({ PRECEDENT_MONITORING_METRICS: 'false' });
    await start();
    await expect(metrics()).rejects.toThrow('fetch failed');
  });

  it('are missing when the port is taken: the engine works without them, and logs a warning', async () => {
    const { world, port, start } = await setup();
    const other = createServer();
    onTestFinished(() => void other.close());
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
    await start();
    await world.said(`metrics cannot be served on 127.0.0.1:${port}`);
    expect(await world.client.submit({ type: 'nobody' })).toHaveProperty('id');
  });

  it('do not depend on traces: the engine works, and ends in time, when no collector takes its spans', async () => {
    const { world, start } = await setup({
      PRECEDENT_MONITORING_OTLP_URL: `http://127.0.0.1:${await freePort()}`,
    });
    const engine = await start();
    const worker = world.client.worker({ handlers: { quick: () => Promise.resolve(1) } });
    await worker.start();
    const { id } = await world.client.submit({ type: 'quick' });
    expect(await world.client.result(id)).toBe(1);
    await worker.stop();
    await world.said('spans are not delivered');
    await engine.stop({ stopMs: 10_000, forceMs: 0 });
    expect(await engine.exited).toMatchObject({ code: 0 });
  });
});
