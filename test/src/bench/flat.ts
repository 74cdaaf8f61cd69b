import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Client } from '@precedent/client';
import type { Bench, BenchOptions, RunFigures } from './bench.ts';
import { anonymousOf, cpuMeter, mappedOf, rssOf } from './procfs.ts';
import type { Product } from './product.ts';
import { startProduct } from './product.ts';
import { startProgram } from './program-process.ts';
import type { FeederResult } from './programs/feeder.ts';
import { sampleRates, shareOfLast } from './rates.ts';
import type { Figures } from './stats.ts';
import { percentile } from './stats.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';

const TASKS = 10_000_000;
const SLOTS = 512;
const LISTS = 25;
const STATS = 5;
const MB = 2 ** 20;
const SOURCE = ['--conditions=precedent:source'];

/** What the figures of growth are measured from: the code is compiled, and caches have their size. */
const WARM_TASKS = 200_000;

const run = async (stage: Stage, { tasks = TASKS }: BenchOptions): Promise<RunFigures> => {
  const product = await startProduct(stage);
  try {
    return { metrics: await Promise.race([measured(stage, product, tasks), stage.interrupted]), ceiling: {} };
  } finally {
    product.remove();
  }
};

const measured = async (stage: Stage, product: Product, tasks: number): Promise<Figures> => {
  const client = await connect({ servers: product.url, name: 'bench' });
  const worker = await startProgram({
    name: 'worker',
    params: { url: product.url, slots: SLOTS },
    flags: SOURCE,
  });
  try {
    await feed(product, client, WARM_TASKS);
    await caughtUp(client);
    const before = memoryOf(product);
    const usedCpu = cpuMeter(pidsOf(product));
    const feeding = feed(product, client, tasks);
    const loaded = listTimes(client, feeding);
    const samples = await sampleRates(client, feeding, (done) =>
      stage.say(`${done} of ${tasks} tasks settled`),
    );
    const lags = await caughtUp(client);
    const cpu = cpuFigures(usedCpu(), tasks);
    const growth = grown(before, memoryOf(product));
    const figures = {
      tasks_per_s: (tasks / (samples.at(-1)?.ms ?? 0)) * 1_000,
      last_minute_share: shareOfLast(samples),
      ...listFigures('list_', await timesOf(client, LISTS)),
      ...listFigures('list_loaded_', (await loaded).slice(-LISTS * QUERIES.length)),
      stats_ms: await statsMs(client),
      ...lags,
      ...growth,
      ...cpu,
    };
    await worker.stop();
    await client.close();
    const stop = await product.stop();
    stage.say(`stopped: ${JSON.stringify(stop)}`);
    return { ...figures, stop_ms: stop.ms, ...diskFigures(product, tasks + WARM_TASKS) };
  } finally {
    await worker.kill();
    await client.close();
  }
};

/** Resolves when all are settled. */
const feed = async ({ url }: Product, client: Client, count: number): Promise<void> => {
  const goal = settledIn(await client.status()) + count;
  const feeder = await startProgram<FeederResult>({ name: 'feeder', params: { url, count }, flags: SOURCE });
  feeder.go();
  await feeder.result;
  await waitFor(client, goal, settledIn);
};

const pidsOf = (product: Product) => ({
  nats: product.pidOf('nats'),
  engine: product.pidOf('engine'),
  history: product.pidOf('history'),
  vectorizer: product.pidOf('vectorizer'),
  qdrant: product.pidOf('qdrant'),
});

/** Qdrant maps all of its files into memory, so that its pages of files are no need for memory: they are a figure of their own. */
const memoryOf = (product: Product): Figures => {
  const { qdrant, ...others } = pidsOf(product);
  return {
    ...Object.fromEntries(Object.entries(others).map(([part, pid]) => [part, rssOf(pid)])),
    qdrant: anonymousOf(qdrant),
    qdrant_files: mappedOf(qdrant),
  };
};

const cpuFigures = (cpuMs: Figures, tasks: number): Figures =>
  Object.fromEntries(
    Object.entries(cpuMs).map(([part, ms]) => [`${part}_cpu_us_per_task`, (ms * 1_000) / tasks]),
  );

const grown = (before: Figures, after: Figures): Figures =>
  Object.fromEntries(
    Object.entries(after).map(([part, bytes]) => [`${part}_growth_mb`, (bytes - (before[part] ?? 0)) / MB]),
  );

/** Milliseconds until history and index have what the engine's journal has now. */
const caughtUp = async (client: Client): Promise<Figures> => {
  const { journalSeq } = await client.status();
  const begin = performance.now();
  const until = async (reader: Pick<Client['history'] | Client['search'], 'status'>): Promise<number> => {
    while ((await reader.status()).freshness.seq < journalSeq) await pause(20);
    return performance.now() - begin;
  };
  const [history, index] = await Promise.all([until(client.history), until(client.search)]);
  return { history_lag_ms: history, index_lag_ms: index };
};

/** By states that many, few and no tasks have, alone and with other fields, as a page of the terminal and in both orders. */
const QUERIES: readonly ((client: Client) => Promise<unknown>)[] = [
  (client) => client.list({ limit: 50 }),
  (client) => client.list({ state: ['failed'], limit: 50 }),
  (client) => client.list({ state: ['running', 'queued'], limit: 50 }),
  (client) => client.history.list({ state: ['completed'], limit: 50 }),
  (client) => client.history.list({ state: ['failed', 'timed_out'], order: 'settled', limit: 50 }),
  (client) => client.history.list({ type: ['bench.noop'], band: ['normal'], order: 'settled', limit: 50 }),
  (client) => client.history.list({ project: 'default', worker: 'bench', limit: 50 }),
  (client) => client.history.list({ errorCode: 'HANDLER_FAILED', limit: 50 }),
];

const timesOf = async (client: Client, rounds: number): Promise<number[]> => {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++)
    for (const query of QUERIES) {
      const begin = performance.now();
      await query(client);
      times.push(performance.now() - begin);
    }
  return times;
};

/** The same, again and again until the other ends, with pauses: looking must not be the load. */
const listTimes = async (client: Client, other: Promise<unknown>): Promise<number[]> => {
  let isOver = false;
  const end = (): void => void (isOver = true);
  void other.then(end, end);
  const times: number[] = [];
  while (!isOver) {
    times.push(...(await timesOf(client, 1)));
    await pause(1_000);
  }
  return times;
};

const listFigures = (prefix: string, times: readonly number[]): Figures => ({
  [`${prefix}p50_ms`]: percentile(times, 0.5),
  [`${prefix}p99_ms`]: percentile(times, 0.99),
});

/** The slowest of some. */
const statsMs = async (client: Client): Promise<number> => {
  const times: number[] = [];
  for (let n = 0; n < STATS; n++) {
    const begin = performance.now();
    await client.history.stats({});
    times.push(performance.now() - begin);
  }
  return Math.max(...times);
};

const diskFigures = (product: Product, tasks: number): Figures => ({
  journal_bytes_per_task: product.diskOf('nats') / tasks,
  history_bytes_per_task: product.diskOf('history') / tasks,
  index_bytes_per_task: product.diskOf('vectorizer') / tasks,
});

export const flat: Bench = {
  about:
    'the whole product with ten million tasks that are alike (--tasks for fewer), one after the other as fast as it goes: what becomes slower or larger',
  options: ['tasks'],
  run,
};
