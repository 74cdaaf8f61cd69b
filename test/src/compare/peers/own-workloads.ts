import type { Behind } from '../../bench/behind.ts';
import { urgentStart } from '../../bench/urgent-start.ts';
import type { Stage } from '../../bench/world.ts';

/** What runs in the slots of a row that no other product has. No adapter of the harness plays these rows: a benchmark does. */
const BEHIND_OF: ReadonlyMap<string, Behind> = new Map([
  ['aborts', 'long'],
  ['checks', 'checks'],
]);

export const isOwnWorkload = (workload: string): boolean => BEHIND_OF.has(workload);

/** Runs one of them; `undefined` when it failed, and says why. */
export const playOwnWorkload = async (stage: Stage, workload: string): Promise<unknown> => {
  try {
    const { metrics } = await urgentStart.run(stage, { behind: BEHIND_OF.get(workload) ?? 'long' });
    return metrics;
  } catch (error) {
    stage.say(`precedent ${workload} failed: ${String(error)}`);
    return undefined;
  }
};
