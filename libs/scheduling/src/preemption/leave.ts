import type { Decision } from './decision.ts';
import type { Policy } from './policy.ts';
import type { Running, SnapshotWorker } from './snapshot.ts';

/** The worker after a decision: what was taken is on its way out, and still occupies its place. */
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
    running: view.running.map((task) => {
      const change = leaving.get(task.id);
      return change ? { ...task, ...change } : task;
    }),
  };
};
