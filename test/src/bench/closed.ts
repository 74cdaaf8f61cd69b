import { setTimeout as pause } from 'node:timers/promises';
import type { Bench, RunFigures } from './bench.ts';
import type { LoadResult } from './programs/load.ts';
import { cpuMeter } from './procfs.ts';
import type { Figures } from './stats.ts';
import { latencyFigures, median, medians } from './stats.ts';
import { allAccepted, submitter } from './submitting.ts';
import { withTwoCells } from './two-cells.ts';
import type { Cell, TwoCells } from './two-cells.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';

const SLOTS = 1_024;
const TASKS = 50_000;
/** Many short turns: what else the machine does meets both cells alike. */
const THROUGHPUT_PAIRS = 8;

/** What the same turn measured of each cell. */
type Pair = Readonly<Record<keyof TwoCells, Figures>>;

/** Turns of the one cell right after those of the other. Those of the first pair do not count: the code is compiled in them. */
const inTurns = async (
  cells: TwoCells,
  count: number,
  turn: (cell: Cell) => Promise<Figures>,
): Promise<Pair[]> => {
  const pairs: Pair[] = [];
  for (let n = 0; n <= count; n++) {
    const before = n % 2 === 0 ? await turn(cells.open) : undefined;
    const closed = await turn(cells.closed);
    const open = before ?? (await turn(cells.open));
    if (n > 0) pairs.push({ open, closed });
  }
  return pairs;
};

/** The median of the ratios of the pairs, the closed cell to the open one. */
const ratioOf = (pairs: readonly Pair[], name: string): number =>
  median(pairs.map(({ open, closed }) => (closed[name] ?? Number.NaN) / (open[name] ?? Number.NaN)));

/** The open cell is the ceiling. */
const runFigures = (pairs: readonly Pair[], ratios: Figures): RunFigures => ({
  metrics: { ...ratios, ...medians(pairs.map(({ closed }) => closed)) },
  ceiling: medians(pairs.map(({ open }) => open)),
});

const settledRate = async (cell: Cell): Promise<Figures> => {
  const before = settledIn(await cell.client.status());
  const program = await submitter(cell, { count: TASKS });
  const usedCpu = cpuMeter({ engine: cell.pidOf('engine'), nats: cell.pidOf('nats') });
  program.go();
  await waitFor(cell.client, before + TASKS, settledIn);
  const { engine = 0, nats = 0 } = usedCpu();
  const { startedAt } = await allAccepted(program, TASKS);
  return {
    tasks_per_s: (TASKS / ((await cell.journalEndsAt()) - startedAt)) * 1_000,
    engine_cpu_us_per_task: (engine * 1_000) / TASKS,
    nats_cpu_us_per_task: (nats * 1_000) / TASKS,
  };
};

/** Each cell gets as many tasks a second. */
const LOAD = { perSecond: 5_000, pack: 10 };
const LOAD_MS = 4_000;
const PROBE = { warmUpMs: 2_000, ms: 10_000, pauseMs: 1 };

const submissionTimes = async ({ open, closed }: TwoCells, prefix: string): Promise<Pair> => {
  const params = { cells: [open.connection, closed.connection], ...PROBE };
  const program = await open.program<readonly (readonly number[])[]>('alternating-probe', params);
  program.go();
  const [ofOpen = [], ofClosed = []] = await program.result;
  return { open: latencyFigures(prefix, ofOpen), closed: latencyFigures(prefix, ofClosed) };
};

const underLoad = async <T>({ open, closed }: TwoCells, body: () => Promise<T>): Promise<T> => {
  const loads = await Promise.all([open, closed].map((cell) => cell.program<LoadResult>('load', LOAD)));
  for (const load of loads) load.go();
  await pause(LOAD_MS);
  const result = await body();
  for (const { refused } of await Promise.all(loads.map((load) => load.stop())))
    if (refused > 0) throw new Error(`${refused} tasks of the load were refused`);
  return result;
};

export const closedThroughput: Bench = {
  about:
    'throughput of a cell of `precedent up` that requires keys and keeps an audit trail, in turns with an open one; both have digests and chain',
  run: (stage: Stage) =>
    withTwoCells(stage, SLOTS, async (cells) => {
      const pairs = await inTurns(cells, THROUGHPUT_PAIRS, settledRate);
      return runFigures(pairs, {
        share: ratioOf(pairs, 'tasks_per_s'),
        engine_cpu_ratio: ratioOf(pairs, 'engine_cpu_us_per_task'),
        nats_cpu_ratio: ratioOf(pairs, 'nats_cpu_us_per_task'),
      });
    }),
};

export const closedLatency: Bench = {
  about:
    'one awaited submission to a cell of `precedent up` that requires keys and keeps an audit trail, in turns with one to an open cell, alone and with a load of 5,000 tasks a second on each',
  run: (stage: Stage) =>
    withTwoCells(stage, SLOTS, async (cells) => {
      const loaded = await underLoad(cells, () => submissionTimes(cells, 'loaded_'));
      const idle = await submissionTimes(cells, 'idle_');
      const ratios = {
        p50_ratio: ratioOf([idle], 'idle_p50_ms'),
        loaded_p50_ratio: ratioOf([loaded], 'loaded_p50_ms'),
      };
      const both = { open: { ...idle.open, ...loaded.open }, closed: { ...idle.closed, ...loaded.closed } };
      return runFigures([both], ratios);
    }),
};
