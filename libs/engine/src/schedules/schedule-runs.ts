import type { ScheduleStatus } from '@precedent/contract-types';
import type { Problem } from '@precedent/kernel';
import { tickTaskId } from '@precedent/orchestration';
import { sha256 } from '@precedent/ports';
import { isSettled } from '@precedent/tasks';
import type { Definition, TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { SubmissionOutcome, Submissions } from '../submissions/submissions.ts';
import type { VerdictListeners } from '../tasks/verdict-listeners.ts';
import { scheduleSpecOf, scheduleStatusOf } from './schedule-definition.ts';

/** How a run ended, as far as the schedule is concerned; `undefined`: the engine has forgotten it. */
export type RunEnd = TaskRow['state'] | undefined;

export type ScheduleRunsParts = Pick<BaseParts, 'clock' | 'state'> & {
  readonly core: CellCore;
  readonly submissions: Submissions;
  readonly verdicts: VerdictListeners;
  readonly ended: (definition: Definition, id: string, end: RunEnd) => void;
};

/** The tasks that the ticks of schedules become. */
export class ScheduleRuns {
  readonly #parts: ScheduleRunsParts;

  constructor(parts: ScheduleRunsParts) {
    this.#parts = parts;
  }

  /** Why no run can be started now, whatever it is. */
  get stalled(): Problem | undefined {
    return this.#parts.submissions.stalled;
  }

  /** Submits the task of a tick. The same tick is the same task: it is a duplicate when it was submitted before. */
  start(definition: Definition, nominal: string): SubmissionOutcome {
    const { task } = scheduleSpecOf(definition);
    const { namespace, by } = definition;
    const id = tickTaskId(definition, nominal, sha256);
    const submitter = by !== undefined && { by: { name: by, credential: CREDENTIAL } };
    const [outcome] = this.#parts.submissions.accept([{ task: { ...task, id, namespace, ...submitter } }]);
    this.#parts.core.requestTurn();
    return outcome ?? { error: { code: 'INTERNAL', message: 'the submission has no outcome' } };
  }

  /** Calls back when a run of the schedule has its verdict; soon, if it has one. */
  follow(definition: Definition, id: string): void {
    const row = this.#parts.state.table.get(id);
    const report = (end: RunEnd): void => this.#parts.ended(definition, id, end);
    if (row !== undefined && !isSettled(row.state))
      this.#parts.verdicts.add(id, ({ state }) => report(state));
    else this.#parts.clock.defer(() => report(row?.state));
  }

  cancel(definition: Definition, { open = [] }: ScheduleStatus = scheduleStatusOf(definition)): void {
    const { core, clock, state } = this.#parts;
    for (const id of open) {
      const row = state.table.get(id);
      const reason = `schedule ${definition.name} has its next run`;
      if (row) core.drive(row, { type: 'CANCEL_REQUESTED', at: clock.now(), reason });
    }
  }
}

/** In place of the id of a credential: no request submits these tasks. */
const CREDENTIAL = 'schedule';
