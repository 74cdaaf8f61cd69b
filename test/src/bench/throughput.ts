import type { LogEntry } from '@precedent/ports';
import type { Bench, RunFigures } from './bench.ts';
import { readJournal, tally, withLog } from './journal.ts';
import { cpuMeter } from './procfs.ts';
import type { WorkerResult } from './programs/worker.ts';
import { allAccepted, submitter } from './submitting.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

const TASKS = 200_000;
const SLOTS = 1_024;
/** Appends on their way at the same time, as many as the engine has. */
const IN_FLIGHT = 2;

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    const { entries, figures } = await measured(world, stage);
    const ms = await appendAll(world.url, entries);
    return { metrics: figures, ceiling: { tasks_per_s: (TASKS / ms) * 1_000 } };
  });

/** Submits, executes and settles tasks, and counts the verdicts in the journal. `alongside` starts what else is to run. */
export const measured = async (
  world: World,
  stage: Stage,
  alongside: () => Promise<void> = () => Promise.resolve(),
) => {
  const engine = await world.engine();
  await alongside();
  const worker = await world.program<WorkerResult>('worker', { slots: SLOTS });
  const program = await submitter(world, { count: TASKS });
  const client = await world.client();
  const usedCpu = cpuMeter({
    engine: engine.pid,
    worker: worker.pid,
    nats: world.natsPid,
  });
  program.go();
  await waitFor(client, TASKS, settledIn);
  const cpuMs = usedCpu();
  const { startedAt, ms: submitMs, cpuMs: submitCpuMs } = await allAccepted(program, TASKS);
  await worker.stop();
  await engine.stop();
  const entries = await readJournal(world.url);
  const { completedOnce, odd, lastSettledAt } = tally(entries);
  if (completedOnce !== TASKS || odd > 0)
    throw new Error(
      `the journal holds ${completedOnce} of ${TASKS} tasks settled once, and ${odd} odd verdicts`,
    );
  stage.say(`${entries.length} journal entries hold ${TASKS} verdicts`);
  const perTask = Object.entries({ ...cpuMs, submitter: submitCpuMs }).map(([name, used]) => [
    `${name}_cpu_us_per_task`,
    (used * 1_000) / TASKS,
  ]);
  const figures = {
    tasks_per_s: (TASKS / (lastSettledAt - startedAt)) * 1_000,
    submitted_per_s: (TASKS / submitMs) * 1_000,
    ...Object.fromEntries(perTask),
  };
  return { entries, figures };
};

/** Milliseconds for the same texts to the same server, with as many on their way, and nothing else. */
const appendAll = (url: string, entries: readonly LogEntry[]): Promise<number> =>
  withLog({ url, stream: 'BENCH_CEILING', subject: 'bench.ceiling' }, async (log) => {
    const startedAt = performance.now();
    const onTheirWay: Promise<number>[] = [];
    for (const [seq, { text }] of entries.entries()) {
      if (onTheirWay.length >= IN_FLIGHT) await onTheirWay.shift();
      onTheirWay.push(log.append(text, seq));
    }
    await Promise.all(onTheirWay);
    return performance.now() - startedAt;
  });

export const throughput: Bench = {
  about:
    '200,000 tasks that do nothing: submitted, executed by a worker and settled, all durably; for comparison the same journal appended by a program that does nothing else',
  run,
};
