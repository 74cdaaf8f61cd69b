import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Bench, RunFigures } from './bench.ts';
import { pssOf, rssOf } from './procfs.ts';
import type { Product } from './product.ts';
import { startProduct } from './product.ts';
import { startProgram } from './program-process.ts';
import { submitAll } from './submitting.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';

const MB = 2 ** 20;
const BURST = 1_000_000;
/** With the number before it and the keys, 200 bytes of payload. */
const PAD_BYTES = 180;
/** What the first tasks cost, compiled code and buffers, is no cost of a waiting task. */
const WARM = 100;
const NODE_START_MS = 1_000;
/** A start, and 100,000 tasks, are collected by then. A million is left to V8, which waits for eight seconds. */
const QUIET_MS = { idle: 5_000, small: 3_000, large: 30_000, burst: 10_000 };

const FLAGS = ['--no-worker', '--no-history', '--no-vectorizer'];

const run = async (stage: Stage): Promise<RunFigures> => {
  const idle = await inProduct(stage, waitingFigures);
  stage.say('waiting tasks measured, now a burst');
  const burst = await inProduct(stage, burstFigures);
  return { metrics: { ...idle, ...burst }, ceiling: { idle_mb: (await idleNodeBytes()) / MB } };
};

const inProduct = async <T>(stage: Stage, measure: (product: Product) => Promise<T>): Promise<T> => {
  const product = await startProduct(stage, FLAGS);
  try {
    return await Promise.race([measure(product), stage.interrupted]);
  } finally {
    await product.stop();
    product.remove();
  }
};

/** What supervisor, engine and nats-server take together. */
const together = (product: Product, bytesOf = pssOf): number =>
  [product.supervisorPid, product.pidOf('engine'), product.pidOf('nats')]
    .map(bytesOf)
    .reduce((sum, bytes) => sum + bytes, 0);

const waitingFigures = async (product: Product) => {
  await pause(QUIET_MS.idle);
  const [idle, idleRss] = [together(product), together(product, rssOf)];
  await submit(product, WARM);
  await pause(QUIET_MS.small);
  const before = together(product);
  await submit(product, 100_000);
  await pause(QUIET_MS.small);
  const small = together(product) - before;
  await submit(product, 900_000);
  await pause(QUIET_MS.large);
  const large = together(product) - before;
  return {
    idle_mb: idle / MB,
    idle_rss_mb: idleRss / MB,
    bytes_per_task_100k: small / 100_000,
    bytes_per_task_1m: large / 1_000_000,
  };
};

const burstFigures = async (product: Product) => {
  const world = worldOf(product);
  const worker = await world.program('worker', { slots: 512 });
  await submitAll(world, { count: BURST, chunk: 512 });
  const client = await connect({ servers: product.url, name: 'bench' });
  await waitFor(client, BURST, settledIn);
  await client.close();
  await worker.kill();
  const peak = together(product);
  await pause(QUIET_MS.burst);
  return { burst_mb: peak / MB, after_burst_mb: together(product) / MB };
};

const submit = (product: Product, count: number) =>
  submitAll(worldOf(product), { count, chunk: 512, padBytes: PAD_BYTES });

const worldOf = ({ url }: Product): Pick<World, 'program'> => ({
  program: (name, params, flags = []) => startProgram({ name, params: { url, ...params }, flags }),
});

const idleNodeBytes = async (): Promise<number> => {
  const node = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1_000)'], {
    stdio: 'ignore',
  });
  try {
    await once(node, 'spawn');
    await pause(NODE_START_MS);
    return pssOf(node.pid ?? 0);
  } finally {
    node.kill('SIGKILL');
  }
};

export const memory: Bench = {
  about:
    'what supervisor, engine and nats-server take together (PSS): idle, for a waiting task with 200 bytes, ten seconds after a million no-ops',
  run,
};
