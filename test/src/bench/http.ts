import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '@precedent/processes';
import type { Bench, RunFigures } from './bench.ts';
import type { HttpLoadParams, HttpLoadResult } from './programs/http-load.ts';
import { cpuMeter } from './procfs.ts';
import type { Figures } from './stats.ts';
import { percentile } from './stats.ts';
import { submitAll } from './submitting.ts';
import { taskId } from './tasks.ts';
import type { Stage, World } from './world.ts';
import { profileFlags, withWorld } from './world.ts';

const CONNECTIONS = 64;
const TASKS = 10_000;
const TIMES = { warmUpMs: 2_000, ms: 5_000 };
const STOP = { stopMs: 10_000, forceMs: 1_000 };
const BUNDLE = fileURLToPath(new URL('../../../dist/gateway/main.mjs', import.meta.url));
const MAIN = fileURLToPath(new URL('../../../apps/gateway/src/main.ts', import.meta.url));
const SOURCE = ['--conditions=precedent:source', MAIN];

interface Target {
  readonly address: string;
  readonly grpc: string;
  /** Where agents reach it. */
  readonly mcp: string;
  readonly key: string;
}

type Load = Pick<HttpLoadParams, 'method'> & Pick<Target, 'address' | 'key'>;

/** The same load, first on the gateway, then, with the engine stopped, on a server that does no more than to append and to answer. */
const comparedOn = async (stage: Stage, method: Load['method']) =>
  withWorld(stage, async (world) => {
    const engine = await world.engine();
    if (method === 'GET') await submitAll(world, { count: TASKS, named: true });
    const client = await world.client();
    const bytes = method === 'GET' ? JSON.stringify(await client.get(taskId(0))).length : 0;
    const gateway = await startGateway(world.url, stage);
    const pids = { gateway: gateway.pid, engine: engine.pid, nats: world.natsPid };
    const own = await loaded(world, { ...gateway.target, method }, pids).finally(gateway.stop);
    await engine.stop();
    const port = await freePort();
    const server = await world.program('plain-http', { port, bytes });
    const address = `http://127.0.0.1:${port}`;
    const plain = await loaded(world, { address, key: 'none', method }, { gateway: server.pid });
    await server.kill();
    return { own, plain };
  });

/** A gateway of its own, in a process and with a data folder of its own. */
export const startGateway = async (natsUrl: string, stage: Stage) => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-gateway-'));
  const env = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('PRECEDENT_'))),
    PRECEDENT_NATS_URL: natsUrl,
    PRECEDENT_STORAGE_DATA_DIR: dataDir,
    PRECEDENT_GATEWAY_HTTP_PORT: '0',
    PRECEDENT_GATEWAY_GRPC_PORT: '0',
    PRECEDENT_GATEWAY_MCP_PORT: '0',
  };
  const args = stage.bundled ? [BUNDLE] : [...profileFlags(stage, 'gateway'), ...SOURCE];
  const child = await startChild({ name: 'gateway', args, env, onLine: stage.say });
  const key = readFileSync(path.join(dataDir, 'gateway.key'), 'utf8').trim();
  const stop = async (): Promise<void> => {
    await child.stop(STOP);
    rmSync(dataDir, { recursive: true, force: true });
  };
  const { http, grpc, mcp } = child.fields;
  const target = { address: String(http), grpc: String(grpc), mcp: String(mcp), key };
  return { pid: child.pid, target, stop };
};

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

interface Loaded {
  readonly perSecond: number;
  readonly p99: number;
  /** Of each process, for an answer, those of the warm-up included. */
  readonly cpu: Figures;
}

const loaded = async (world: World, load: Load, pids: Readonly<Record<string, number>>): Promise<Loaded> => {
  const params: HttpLoadParams = { ...load, ids: TASKS, connections: CONNECTIONS, ...TIMES };
  const program = await world.program<HttpLoadResult>('http-load', params);
  const usedCpu = cpuMeter({ ...pids, client: program.pid });
  program.go();
  const { answers, all, ms, times } = await program.result;
  const cpu = Object.fromEntries(
    Object.entries(usedCpu()).map(([name, used]) => [`${name}_cpu_us`, (used * 1_000) / all]),
  );
  return { perSecond: (answers / ms) * 1_000, p99: percentile(times, 0.99), cpu };
};

const submits = async (stage: Stage): Promise<RunFigures> => {
  const { own, plain } = await comparedOn(stage, 'POST');
  return {
    metrics: { submits_per_s: own.perSecond, p99_ms: own.p99, ...own.cpu },
    ceiling: { submits_per_s: plain.perSecond, p99_ms: plain.p99, ...plain.cpu },
  };
};

const gets = async (stage: Stage): Promise<RunFigures> => {
  const { own, plain } = await comparedOn(stage, 'GET');
  return {
    metrics: { gets_per_s: own.perSecond, ...own.cpu },
    ceiling: { gets_per_s: plain.perSecond, ...plain.cpu },
  };
};

export const httpSubmit: Bench = {
  about:
    'tasks submitted one by one over HTTP, 64 connections; for comparison a server that appends to a stream and answers',
  run: submits,
};

export const httpStatus: Bench = {
  about:
    'the state of a task by its id over HTTP, 64 connections; for comparison a server that answers with a text of that size',
  run: gets,
};
