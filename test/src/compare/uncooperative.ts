import { BEHIND } from '../bench/behind.ts';
import type { Behind } from '../bench/behind.ts';
import { monotonicMs } from '../bench/clock.ts';
import type { WorkerResult } from '../bench/programs/worker.ts';
import { submitAll } from '../bench/submitting.ts';
import { TASKS } from '../bench/tasks.ts';
import { runningIn, waitFor } from '../bench/wait-for.ts';
import type { Stage } from '../bench/world.ts';
import { withWorld } from '../bench/world.ts';
import { msText } from './summary.ts';

const SLOTS = 10;

interface Case {
  readonly name: string;
  readonly behind: Behind;
  readonly preempts: boolean;
  /** The usual number when left out. */
  readonly express?: number;
}

const CASES: readonly Case[] = [
  { name: 'plain priority order', behind: 'uncooperative', preempts: false, express: 0 },
  { name: 'preemption', behind: 'uncooperative', preempts: true, express: 0 },
  { name: 'preemption, isolated handlers', behind: 'cpu', preempts: true, express: 0 },
  { name: 'express slots', behind: 'uncooperative', preempts: true },
];

/** A critical task behind handlers of 10 s that ignore their signal: a line for each way to treat them. */
export const compareUncooperative = async (stage: Stage): Promise<string> => {
  const lines: string[] = [];
  for (const one of CASES) {
    stage.say(`behind handlers that ignore their signal: ${one.name}`);
    lines.push(`${one.name.padEnd(32)} ${msText(await startDelay(stage, one))}`);
  }
  return ['A critical task behind handlers of 10 s that ignore their signal starts after:', ...lines].join(
    '\n',
  );
};

/** From submission to start, in milliseconds. */
const startDelay = (stage: Stage, { behind, preempts, express }: Case): Promise<number> =>
  withWorld(stage, async (world) => {
    await world.engine();
    const client = await world.client();
    const { hold, holdMs } = BEHIND[behind];
    const worker = await world.program<WorkerResult>('worker', { slots: SLOTS, hold, express });
    await submitAll(world, { count: SLOTS * 2, band: 'low', holdMs });
    await waitFor(client, SLOTS, runningIn);
    const payload = { sentAt: monotonicMs() };
    const spec = { type: TASKS.mark, band: 'critical', preemption: { preempts }, payload } as const;
    const { id } = await client.submit(spec, { door: 'ask' });
    await client.wait(id, { timeoutMs: 60_000 });
    const [delay] = (await worker.stop()).startDelaysMs;
    if (delay === undefined) throw new Error('the critical task did not start');
    return delay;
  });
