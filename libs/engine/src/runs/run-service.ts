import type {
  ApprovalsReply,
  DecideApprovalRequest,
  ListApprovalsRequest,
  OpenApprovalView,
  RunView,
  SignalRunRequest,
} from '@precedent/contract-types';
import { defined } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { accepts, approvalRefusal } from '@precedent/orchestration';
import type { RunFact, RunState } from '@precedent/orchestration';
import type { OrProblem, Reply, RunActor, RunApi } from '@precedent/ports';
import { isSettled } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import { openApprovalsOf, runViewOf } from './run-view.ts';
import type { Runs } from './runs.ts';

type RunReply = Reply<OrProblem<RunView>>;

export type RunServiceParts = Pick<BaseParts, 'state' | 'outbox' | 'options'> & {
  readonly runs: Pick<Runs, 'record'>;
};

/** A run that is open. */
interface OpenRun {
  readonly row: TaskRow;
  readonly run: RunState;
}

/** Signals that no step has taken, at most, of one run. */
const SIGNALS_MAX = 1_000;
const LISTED_DEFAULT = 100;

/** Shows runs, and records what people and programs do to them. */
export class RunService implements RunApi {
  readonly #parts: RunServiceParts;

  constructor(parts: RunServiceParts) {
    this.#parts = parts;
  }

  show(id: string, reply: RunReply): void {
    this.#answer(reply, this.#viewOf(id));
  }

  signal({ id, name, key, payload }: SignalRunRequest, { by }: RunActor, reply: RunReply): void {
    this.#change(id, reply, ({ run }) => {
      if (key !== undefined && run.signalKeys.has(`${name} ${key}`)) return undefined;
      const waiting = [...run.signals.values()].reduce((sum, all) => sum + all.length, 0);
      if (waiting >= SIGNALS_MAX) return { error: tooManySignals(id) };
      return { type: 'signalled', name, ...defined({ key, payload, by }) } as RunFact;
    });
  }

  decide({ id, step, approve, comment }: DecideApprovalRequest, actor: RunActor, reply: RunReply): void {
    this.#change(id, reply, ({ row, run }) => {
      const planned = run.plan.steps.get(step);
      if (planned?.spec.approval === undefined) return { error: noApproval(id, step) };
      const { state, decisions } = run.step(step);
      if (state !== 'open') return { error: notOpen(step, state) };
      const open = { approval: planned.spec.approval, decisions, submittedBy: row.class.by?.name };
      const error = approvalRefusal(open, { ...actor, comment });
      if (error) return { error };
      return { type: 'decided', step, approve, ...defined({ by: actor.by, comment }) } as RunFact;
    });
  }

  pause(id: string, { by }: RunActor, reply: RunReply): void {
    this.#change(id, reply, ({ run }) => {
      if (run.phase === 'paused') return undefined;
      if (!accepts(run.phase, 'PAUSED')) return { error: notNow(id, run, 'paused') };
      return { type: 'paused', ...defined({ by }) };
    });
  }

  resume(id: string, { by }: RunActor, reply: RunReply): void {
    this.#change(id, reply, ({ run }) => {
      if (run.phase === 'running') return undefined;
      if (!accepts(run.phase, 'RESUMED')) return { error: notNow(id, run, 'resumed') };
      return { type: 'resumed', ...defined({ by }) };
    });
  }

  approvals({ namespace, limit = LISTED_DEFAULT }: ListApprovalsRequest, reply: Reply<ApprovalsReply>): void {
    const { table, runs } = this.#parts.state;
    const wanted = namespace ?? this.#parts.options.defaults.namespace;
    const found: OpenApprovalView[] = [];
    for (const [id, run] of runs.runs) {
      const row = table.get(id);
      if (row?.state !== 'orchestrating' || row.class.namespace !== wanted) continue;
      found.push(...openApprovalsOf(row, run));
    }
    const approvals = found.toSorted((a, b) => a.since - b.since).slice(0, limit);
    this.#parts.outbox.afterCommit(() => reply({ approvals, truncated: approvals.length < found.length }));
  }

  #change(
    id: string,
    reply: RunReply,
    decide: (open: OpenRun) => RunFact | { readonly error: Problem } | undefined,
  ): void {
    const row = this.#parts.state.table.get(id);
    const run = this.#parts.state.runs.get(id);
    if (row === undefined || run === undefined) return this.#answer(reply, this.#viewOf(id));
    if (isSettled(row.state)) return this.#answer(reply, { error: ended(row) });
    const decided = decide({ row, run });
    if (decided && 'error' in decided && !('type' in decided)) return this.#answer(reply, decided);
    if (decided) this.#parts.runs.record(row, decided as RunFact);
    this.#answer(reply, this.#viewOf(id));
  }

  #viewOf(id: string): OrProblem<RunView> {
    const { state } = this.#parts;
    const [row, run] = [state.table.get(id), state.runs.get(id)];
    if (row && run) return runViewOf(row, run);
    return { error: row ? noRun(id) : state.notFound(id) };
  }

  #answer(reply: RunReply, answer: OrProblem<RunView>): void {
    this.#parts.outbox.afterCommit(() => reply(answer));
  }
}

const noRun = (id: string): Problem => ({
  code: 'TASK_NOT_FOUND',
  message: `task ${id} is no run of a workflow`,
});

const ended = ({ id, state }: TaskRow): Problem => ({
  code: 'TASK_SETTLED',
  message: `run ${id} is ${state} already`,
});

const notNow = (id: string, { phase }: RunState, what: string): Problem => ({
  code: 'PRECONDITION_FAILED',
  message: `run ${id} is ${phase}, and can not be ${what}`,
});

const noApproval = (id: string, step: string): Problem => ({
  code: 'TASK_NOT_FOUND',
  message: `run ${id} has no approval ${step}`,
});

const notOpen = (step: string, state: string): Problem => ({
  code: 'PRECONDITION_FAILED',
  message:
    state === 'waiting'
      ? `step ${step} does not wait for an approval yet`
      : `step ${step} is ${state} already`,
});

const tooManySignals = (id: string): Problem => ({
  code: 'QUEUE_FULL',
  message: `run ${id} has ${SIGNALS_MAX} signals that no step has taken`,
});
