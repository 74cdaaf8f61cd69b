import type { EpochMs } from '@precedent/kernel';
import type { Policy, Snapshot } from '@precedent/scheduling';
import type { TaskEventOf, TaskRow } from '@precedent/tasks';
import type { DecisionLog } from './decision-log.ts';
import type { Reservations } from './reservations.ts';

/** What the core of a cell knows of preemption. */
export interface Preemptor {
  readonly log: DecisionLog;
  readonly policy: Policy;
  readonly reservations: Reservations;
  /** Gives reserved places to those they are kept for, as far as they are free. Before anybody else is started. */
  startReserved(start: (row: TaskRow, session: string) => void): void;
  /** One round, if anybody waits who might take a place. After the free slots were filled. */
  round(): void;
  /** The cell as the rule sees it, with these tasks that were not submitted. */
  picture(more: Snapshot['waiting']): Snapshot;
  /** The time of a victim has come, and it still has its place. */
  late(row: TaskRow): void;
  /** A lease ends, or is interrupted. Before the fold forgets. */
  ends(row: TaskRow, event: TaskEventOf): void;
  /** About once a second. */
  tick(at: EpochMs): void;
}
