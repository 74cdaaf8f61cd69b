import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, RunFigures } from './bench.ts';
import { startGateway } from './http.ts';
import { rssOf } from './procfs.ts';
import { startProduct } from './product.ts';
import type { McpLoadParams, McpLoadResult } from './programs/mcp-load.ts';
import { percentile } from './stats.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const TIMES = { warmUpMs: 2_000, ms: 4_000 };
const CONNECTIONS = 32;
/** Submissions over NATS, one after the other, the first of which are not counted. */
const AWAITED = { warmUp: 1_000, measured: 2_000 };
const TASK = { type: 'bench.nothing', payload: { a: 'some text of a task', b: 1 } };

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const nats = await awaited(world);
    const gateway = await startGateway(world.url, stage);
    const { mcp: url, key } = gateway.target;
    try {
      const one = await loaded(world, { url, key, connections: 1, ...TIMES });
      const many = await loaded(world, { url, key, connections: CONNECTIONS, ...TIMES });
      const p50 = percentile(one.times, 0.5);
      return {
        metrics: {
          ratio: p50 / nats,
          call_p50_ms: p50,
          submit_p50_ms: nats,
          calls_per_s: (many.answers / many.ms) * 1_000,
        },
        ceiling: {},
      };
    } finally {
      await gateway.stop();
    }
  });

/** Half of the submissions are answered by then. Milliseconds. */
const awaited = async (world: World): Promise<number> => {
  const client = await world.client();
  const times: number[] = [];
  for (let sent = 0; sent < AWAITED.warmUp + AWAITED.measured; sent++) {
    const at = performance.now();
    await client.submit(TASK);
    if (sent >= AWAITED.warmUp) times.push(performance.now() - at);
  }
  return percentile(times, 0.5);
};

const loaded = async (world: World, params: McpLoadParams): Promise<McpLoadResult> => {
  const program = await world.program<McpLoadResult>('mcp-load', params);
  program.go();
  return program.result;
};

export const mcpCall: Bench = {
  about:
    'a task submitted with `submit_task`, until its handle is there, relative to a submission over NATS; and calls on 32 connections',
  run,
};

const FLAGS = ['--no-worker', '--no-history', '--no-vectorizer'];
const QUIET_MS = 8_000;
const MB = 2 ** 20;

export const gatewayIdle: Bench = {
  about: 'resident memory of the gateway of `precedent up`, eight seconds after its start',
  run: async (stage) => {
    const names = ['HTTP', 'GRPC', 'MCP'].map((name) => `PRECEDENT_GATEWAY_${name}_PORT`);
    const ports = Object.fromEntries(names.map((name) => [name, '0']));
    const product = await startProduct(stage, FLAGS, ports);
    try {
      await pause(QUIET_MS);
      return { metrics: { idle_mb: rssOf(product.pidOf('gateway')) / MB }, ceiling: {} };
    } finally {
      await product.stop();
      product.remove();
    }
  },
};
