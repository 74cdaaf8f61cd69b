import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Client } from '@precedent/client';
import { startChild } from '@precedent/processes';
import type { Child } from '@precedent/processes';
import type { HistoryListQuery } from '@precedent/ports';
import { SqliteHistory } from '@precedent/sqlite';
import { readPlainPages, storePlain } from './plain-sqlite.ts';
import type { Bench, RunFigures } from './bench.ts';
import { fillHistory } from './history-fill.ts';
import { cpuMeter, rssOf } from './procfs.ts';
import type { LoadResult } from './programs/load.ts';
import { latencyFigures, percentile } from './stats.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

/** Rows that a plain table takes in the time in which one task is offered: 5,500 tasks a second on a machine that takes 220,000 rows. What is slow for SQLite is slow for all parts. */
const PLAIN_ROWS_PER_TASK = 40;
const PLAIN_ROWS = 100_000;
const PACK = 10;
const SLOTS = 512;
const LOAD_MS = 15_000;
const POLL_MS = 20;
/** Submitted, leased, settled. */
const RECORDS_PER_TASK = 3;
const STORED_TASKS = 1_000_000;
const LISTS = 40;
/** Tasks of one page of a list. */
const PAGE = 50;
const MB = 2 ** 20;

const MAIN = fileURLToPath(new URL('../../../apps/history/src/main.ts', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../../dist/history/main.mjs', import.meta.url));

const inFolder = async <T>(body: (dir: string) => Promise<T> | T): Promise<T> => {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'precedent-bench-history-'));
  try {
    return await body(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

const startHistory = (world: World, { bundled, say }: Stage, dir: string): Promise<Child> =>
  startChild({
    name: 'history',
    args: bundled ? [BUNDLE] : ['--conditions=precedent:source', MAIN],
    env: {
      ...process.env,
      PRECEDENT_NATS_URL: world.url,
      PRECEDENT_STORAGE_DATA_DIR: dir,
      PRECEDENT_MONITORING_LOG_LEVEL: 'warn',
    },
    onLine: say,
  });

/** What is settled and how much of it the history has, while tasks come in and after the last one. */
const followed = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, (world) =>
    inFolder(async (dir) => {
      const plainUs = (storePlain(dir, PLAIN_ROWS) * 1_000) / PLAIN_ROWS;
      const perSecond = Math.round(1_000_000 / plainUs / PLAIN_ROWS_PER_TASK);
      const engine = await world.engine();
      await world.program('worker', { slots: SLOTS });
      const history = await startHistory(world, stage, dir);
      try {
        const client = await world.client();
        const load = await world.program<LoadResult>('load', { perSecond, pack: PACK });
        const usedCpu = cpuMeter({ engine: engine.pid, history: history.pid });
        load.go();
        const lags = await lagsDuring(client, LOAD_MS);
        const { offered, ms } = await load.stop();
        await waitFor(client, offered, settledIn);
        const lagMs = await catchUp(client);
        const { completed = 0 } = (await client.history.stats({})).byState;
        if (completed !== offered) throw new Error(`the history has ${completed} of ${offered} verdicts`);
        const cpuMs = usedCpu();
        const metrics = {
          lag_ms: lagMs,
          lag_p99_ms: percentile(lags, 0.99),
          records_per_s: ((offered * RECORDS_PER_TASK) / ms) * 1_000,
          offered_per_s: (offered / ms) * 1_000,
          history_cpu_us_per_task: ((cpuMs['history'] ?? 0) * 1_000) / offered,
          history_mb: rssOf(history.pid) / MB,
        };
        const ceiling = {
          offered_per_s: perSecond,
          lag_ms: storePlain(dir, perSecond),
          history_cpu_us_per_task: plainUs,
        };
        return { metrics, ceiling };
      } finally {
        await history.stop({ stopMs: 10_000, forceMs: 2_000 });
      }
    }),
  );

const lagsDuring = async (client: Client, ms: number): Promise<number[]> => {
  const lags: number[] = [];
  for (const until = performance.now() + ms; performance.now() < until; await pause(POLL_MS)) {
    lags.push((await client.history.status()).freshness.lagMs);
  }
  return lags;
};

/** Milliseconds until the history has what the engine's journal has now. */
const catchUp = async (client: Client): Promise<number> => {
  const { journalSeq } = await client.status();
  const begin = performance.now();
  while ((await client.history.status()).freshness.seq < journalSeq) await pause(1);
  return performance.now() - begin;
};

const QUERIES: readonly Partial<HistoryListQuery>[] = [
  { state: ['failed'] },
  { type: ['http'], state: ['failed'] },
  { project: 'ml', band: ['critical'] },
  { worker: 'worker-7' },
  { errorCode: 'COMMAND_FAILED', type: ['command'] },
  { text: 'part-42' },
  { order: 'settled', type: ['text.process'] },
  { since: Date.UTC(2026, 0, 1, 0, 30), until: Date.UTC(2026, 0, 1, 0, 40), state: ['failed'] },
];

/** Pages of a large history, by one filter after the other. */
const listed = ({ say }: Stage): Promise<RunFigures> =>
  inFolder((dir) => {
    const file = path.join(dir, 'h.db');
    const store = new SqliteHistory(file);
    const begin = performance.now();
    fillHistory(store, STORED_TASKS, (done) => say(`${done} of ${STORED_TASKS} tasks stored`));
    const fillMs = performance.now() - begin;
    const times = QUERIES.flatMap((query) => Array.from({ length: LISTS }, () => pageMs(store, query)));
    const { bytes, tasks } = store.counts();
    const statsBegin = performance.now();
    store.stats({});
    const statsMs = performance.now() - statsBegin;
    store.close();
    const metrics = {
      ...latencyFigures('list_', times),
      stats_ms: statsMs,
      bytes_per_task: bytes / tasks,
      kept_records_per_s: ((tasks * RECORDS_PER_TASK) / fillMs) * 1_000,
    };
    const plainPages = readPlainPages(file, { pages: times.length, rowsPerPage: PAGE });
    return { metrics, ceiling: latencyFigures('list_', plainPages) };
  });

const pageMs = (store: SqliteHistory, query: Partial<HistoryListQuery>): number => {
  const begin = performance.now();
  const { entries } = store.list({ limit: PAGE, ...query });
  if (entries.length === 0) throw new Error(`nothing found by ${JSON.stringify(query)}`);
  return performance.now() - begin;
};

const run = async (stage: Stage): Promise<RunFigures> => {
  const [whileFollowing, whenFull] = [await followed(stage), await listed(stage)];
  return {
    metrics: { ...whileFollowing.metrics, ...whenFull.metrics },
    ceiling: { ...whileFollowing.ceiling, ...whenFull.ceiling },
  };
};

export const history: Bench = {
  about:
    'the history under a load of as many tasks a second as suit the machine, and filtered lists of a history with a million tasks;' +
    ' for comparison a plain SQLite table that stores the tasks of a second, and a page of tasks by their row',
  run,
};
