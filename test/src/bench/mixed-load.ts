import { setTimeout as pause } from 'node:timers/promises';
import type { TaskSpec } from '@precedent/contracts';
import { arrivalsOf } from './arrivals.ts';
import type { Arrival, LoadOptions } from './arrivals.ts';
import { tasksOf } from './runs.ts';
import type { Run, TaskRuns } from './runs.ts';
import { lowSpec, urgentSpec } from './steps-tasks.ts';
import { settledIn, waitFor } from './wait-for.ts';
import type { Stage, World } from './world.ts';
import { withWorld } from './world.ts';

/** How one load went. */
export interface LoadRun {
  readonly low: readonly TaskRuns[];
  readonly urgent: readonly TaskRuns[];
  /** Milliseconds from the first arrival to the last end. */
  readonly ms: number;
}

export type LoadKind = 'without urgent' | 'without preemption' | 'with preemption';

/** Plays a load in a world of its own, until every task of it has completed. */
export const playLoad = (stage: Stage, options: LoadOptions, kind: LoadKind): Promise<LoadRun> =>
  withWorld(stage, async (world) => {
    const { offer, finish } = await player(world, options, kind);
    await warmUp(offer);
    const arrivals = arrivalsOf(options).filter(({ urgent }) => !urgent || kind !== 'without urgent');
    const ids = { low: new Set<string>(), urgent: new Set<string>() };
    const accepted: Promise<void>[] = [];
    const beganAt = performance.now();
    for (const arrival of arrivals) {
      const leftMs = beganAt + arrival.at - performance.now();
      if (leftMs > 0) await pause(leftMs);
      const mine = arrival.urgent ? ids.urgent : ids.low;
      accepted.push(offer(arrival).then((id) => void mine.add(id)));
    }
    await Promise.all(accepted);
    const runs = await finish();
    return loadRunOf(runs, ids);
  });

interface Player {
  /** Submits one task; resolves to its id. */
  readonly offer: (arrival: Omit<Arrival, 'at'>) => Promise<string>;
  /** Resolves when all that were offered have their verdict, to all runs. */
  readonly finish: () => Promise<readonly Run[]>;
}

const player = async (world: World, options: LoadOptions, kind: LoadKind): Promise<Player> => {
  await world.engine();
  const client = await world.client();
  const worker = await world.program<readonly Run[]>('steps-worker', { slots: options.slots });
  let offered = 0;
  const specOf = ({ urgent, share }: Omit<Arrival, 'at'>): TaskSpec =>
    urgent
      ? urgentSpec(options.urgentUnits, kind === 'with preemption')
      : lowSpec(Math.ceil(share * options.lowUnits));
  return {
    offer: async (arrival) => {
      offered++;
      return (await client.submit(specOf(arrival), { door: 'ask' })).id;
    },
    finish: async () => {
      await waitFor(client, offered, settledIn);
      return worker.stop();
    },
  };
};

const WARM_UP = 300;
const WARM_UP_EVERY_MS = 5;

/** Until the code is compiled. These tasks are not counted. */
const warmUp = async (offer: Player['offer']): Promise<void> => {
  const accepted: Promise<string>[] = [];
  for (let i = 0; i < WARM_UP; i++) {
    accepted.push(offer({ urgent: true, share: 1 }));
    await pause(WARM_UP_EVERY_MS);
  }
  await Promise.all(accepted);
};

const loadRunOf = (
  runs: readonly Run[],
  ids: Readonly<Record<'low' | 'urgent', ReadonlySet<string>>>,
): LoadRun => {
  const tasks = tasksOf(runs);
  const named = (kind: 'low' | 'urgent'): TaskRuns[] => {
    const mine = tasks.filter(({ task, completed }) => completed && ids[kind].has(task));
    if (mine.length === ids[kind].size) return mine;
    throw new Error(`${mine.length} of ${ids[kind].size} ${kind} tasks have completed`);
  };
  const counted = runs.filter(({ task }) => ids.low.has(task) || ids.urgent.has(task));
  const ms =
    Math.max(...counted.map(({ endedAt }) => endedAt)) - Math.min(...counted.map(({ sentAt }) => sentAt));
  return { low: named('low'), urgent: named('urgent'), ms };
};
