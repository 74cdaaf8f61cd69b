import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@precedent/client';
import type { Bench, RunFigures } from './bench.ts';
import { lossOf, tasksOf } from './runs.ts';
import type { Run, TaskRuns } from './runs.ts';
import { latencyFigures, percentile } from './stats.ts';
import { UNIT_MS, lowSpec, urgentSpec } from './steps-tasks.ts';
import { runningIn, settledIn, waitFor } from './wait-for.ts';
import type { Stage } from './world.ts';
import { withWorld } from './world.ts';

const SLOTS = 10;
const LOW_UNITS = 10_000 / UNIT_MS;
/** Enough that victims that pause are never missed. */
const LOW_TASKS = 400;
/** Not counted: until the code is compiled. */
const WARM_UP = { count: 500, everyMs: 4 };
const WARM_UP_PREEMPTING = { count: 50, everyMs: 50 };
const IDLE = { count: 100, everyMs: 51 };
const WITHOUT = { count: 50, everyMs: 203 };
/** No multiple of the time between checkpoints, or every mark would meet the victims at the same point. */
const PREEMPTING = { count: 150, everyMs: 203 };

const run = (stage: Stage): Promise<RunFigures> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const client = await world.client();
    const worker = await world.program<readonly Run[]>('steps-worker', { slots: SLOTS });
    await sendMarks(client, WARM_UP);
    const idle = await sendMarks(client, IDLE);
    await waitFor(client, WARM_UP.count + IDLE.count, settledIn);
    await fill(client);
    const without = await sendMarks(client, { ...WITHOUT, preempts: false });
    // None of these may still wait when the others come: it would take the places that they make.
    await Promise.all([...without].map((id) => client.result(id)));
    await sendMarks(client, WARM_UP_PREEMPTING);
    const preempting = await sendMarks(client, PREEMPTING);
    await Promise.all([...preempting].map((id) => client.result(id)));
    const tasks = tasksOf(await worker.stop());
    return {
      metrics: {
        ...latencyFigures('', waitsOf(tasks, preempting)),
        without_p50_ms: percentile(waitsOf(tasks, without), 0.5),
        ...lossOf(tasks),
      },
      ceiling: latencyFigures('', waitsOf(tasks, idle)),
    };
  });

/** Low tasks in all slots. The first ones are of all lengths, so that afterwards one ends about every second. */
const fill = async (client: Client): Promise<void> => {
  const lengths = Array.from({ length: LOW_TASKS }, (_, at) => Math.min(1, (at + 1) / SLOTS) * LOW_UNITS);
  const outcomes = await client.submitMany(lengths.map(lowSpec), { door: 'ask' });
  const refused = outcomes.find((outcome) => 'error' in outcome);
  if (refused) throw new Error(`a low task was refused: ${JSON.stringify(refused)}`);
  await waitFor(client, SLOTS, runningIn);
};

interface Marks {
  readonly count: number;
  readonly everyMs: number;
  readonly preempts?: boolean;
}

/** Critical tasks at a steady rate, which end as soon as they have started. Resolves to their ids when all are accepted. */
const sendMarks = async (
  client: Client,
  { count, everyMs, preempts = true }: Marks,
): Promise<ReadonlySet<string>> => {
  const accepted: Promise<{ readonly id: string }>[] = [];
  for (let i = 0; i < count; i++) {
    accepted.push(client.submit(urgentSpec(0, preempts), { door: 'ask' }));
    await pause(everyMs);
  }
  return new Set((await Promise.all(accepted)).map(({ id }) => id));
};

const waitsOf = (tasks: readonly TaskRuns[], ids: ReadonlySet<string>): number[] => {
  const waits = tasks.filter(({ task }) => ids.has(task)).map(({ waitMs }) => waitMs);
  if (waits.length === ids.size) return waits;
  throw new Error(`${waits.length} of ${ids.size} marks have started`);
};

export const preemptStart: Bench = {
  about:
    'a critical task before 10 s tasks with checkpoints in all of 10 slots: from its submission to its start, with preemption and without; for comparison the same with free slots',
  run,
};
