import { NO_AMOUNTS, plus } from './amounts.ts';
import type { Decision } from './decision.ts';
import type { Policy } from './policy.ts';
import { frozen } from './rooms.ts';
import type { Running, SnapshotWorker } from './snapshot.ts';

/** The worker after a decision: what was taken is on its way out, and still occupies its place; what started in an express slot is there. */
export const viewAfter = (view: SnapshotWorker, decision: Decision, policy: Policy): SnapshotWorker => {
  const leaving = new Map<string, Pick<Running, 'phase' | 'mode' | 'endsBy'>>();
  for (const { id, mode, deadline } of decision.victims) {
    leaving.set(id, { phase: 'preempting', mode, endsBy: deadline });
  }
  for (const { id } of decision.reclaimed) {
    leaving.set(id, { phase: 'stopping', endsBy: decision.at + policy.recallMs });
  }
  return {
    ...view,
    ...(decision.outcome === 'express' && exceeded(view, decision)),
    running: view.running.map((task) => {
      const change = leaving.get(task.id);
      return change ? { ...task, ...change } : task;
    }),
  };
};

/** What its new task in an express slot occupies: neither slot nor processors, until it moves into a slot. */
const exceeded = (
  { express = 0, others = NO_AMOUNTS }: SnapshotWorker,
  { preemptor }: Decision,
): Pick<SnapshotWorker, 'express' | 'others'> => ({
  express: express - 1,
  others: plus(others, frozen(preemptor.demand)),
});
