import type {
  CancelRequest,
  Cleared,
  CountsReply,
  CountsRequest,
  DeleteReply,
  DeleteRequest,
  ListReply,
  ListRequest,
  RetryReply,
  RebandRequest,
  SubmitReply,
  TaskView,
} from '@precedent/contract-types';
import { problemOf } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import type {
  Offer,
  OrProblem,
  Redrive,
  Reply,
  SelectedTasks,
  TaskApi,
  TaskSelection,
} from '@precedent/ports';
import { isLeased, isSettled, redriveIn } from '@precedent/tasks';
import type { TaskRow } from '@precedent/tasks';
import { redriveOffers } from '../redrive/redrive-offers.ts';
import type { BandChanges } from '../bands/band-changes.ts';
import type { BaseParts } from '../cell/base-parts.ts';
import type { CellCore } from '../cell/cell-core.ts';
import type { Dependencies } from '../dependencies/dependencies.ts';
import type { DependencyLookup } from '../dependencies/dependency-lookup.ts';
import type { Deletions } from './deletions.ts';
import { changedSince } from './task-revision.ts';
import type { Runs } from '../runs/runs.ts';
import { projectBandProblem } from '../submissions/project-band.ts';
import type { Submissions } from '../submissions/submissions.ts';
import { matcherOf } from './task-filter.ts';
import type { TaskViews } from './task-views.ts';
import type { VerdictListeners } from './verdict-listeners.ts';

const LISTED_DEFAULT = 100;
const LISTED_MAX = 1_000;
/** Rows scanned for one answer: a filter that matches few tasks must not block the engine. */
const SCANNED_MAX = 20_000;

/** For how long `list` names a deleted task, because the history may still have it. */
const DELETED_SHOWN_MS = 60_000;

type TaskReply = Reply<OrProblem<TaskView>>;

export type TaskServiceParts = Pick<
  BaseParts,
  'clock' | 'options' | 'state' | 'fleet' | 'outbox' | 'checkSpec'
> & {
  readonly core: CellCore;
  readonly verdicts: VerdictListeners;
  readonly views: TaskViews;
  readonly submissions: Submissions;
  readonly deletions: Deletions;
  readonly bands: BandChanges;
  readonly dependencies: Dependencies;
  readonly lookup: DependencyLookup;
  readonly runs: Pick<Runs, 'cancel'>;
};

/** Submits, reads, cancels and deletes tasks. Every answer waits until the records that it depends on are durable. */
export class TaskService implements TaskApi {
  readonly #parts: TaskServiceParts;
  /** One function for each request that waits for a verdict: it refuses the request. */
  readonly #waiters = new Set<() => void>();
  #accepts = true;
  #closed = false;

  constructor(parts: TaskServiceParts) {
    this.#parts = parts;
  }

  /** Whether new tasks are accepted. */
  get accepts(): boolean {
    return this.#accepts;
  }

  submit(offers: readonly Offer[], reply: Reply<readonly SubmitReply[]>): void {
    const { lookup } = this.#parts;
    const forgotten = lookup.forgotten(offers);
    if (forgotten.size === 0) return this.#accept(offers, reply);
    void lookup.find(forgotten).then(
      (found) => this.#parts.dependencies.withArchived(found, () => this.#accept(offers, reply)),
      (error: unknown) => reply(offers.map(() => ({ error: problemOf(error) }))),
    );
  }

  #accept(offers: readonly Offer[], reply: Reply<readonly SubmitReply[]>): void {
    // It depends on no record, and no commit may come: it is answered at once.
    const refusal = this.#accepts ? this.#parts.submissions.stalled : STOPPING;
    if (refusal) return reply(offers.map(() => ({ error: refusal })));
    const outcomes = this.#parts.submissions.accept(offers);
    this.#parts.outbox.afterCommit((seq) =>
      reply(outcomes.map((outcome) => ('id' in outcome ? { ...outcome, seq } : outcome))),
    );
    this.#parts.core.requestTurn();
  }

  room(band: Band): number {
    return this.#accepts ? this.#parts.submissions.room(band) : 0;
  }

  /** From now on no new task is accepted. */
  stopAccepting(): void {
    this.#accepts = false;
  }

  get(id: string, reply: TaskReply): void {
    const { table } = this.#parts.state;
    const row = table.get(id);
    const answer = row ? this.#parts.views.of(row) : { error: this.#parts.state.notFound(id) };
    this.#parts.outbox.afterCommit(() => reply(answer));
  }

  wait(id: string, timeoutMs: number, reply: TaskReply): void {
    if (this.#closed) return reply({ error: NOT_RUNNING });
    const row = this.#parts.state.table.get(id);
    if (row === undefined || isSettled(row.state) || timeoutMs <= 0) return this.get(id, reply);
    if (this.#waiters.size >= this.#parts.options.waitersMax)
      return reply({ error: tooMany(this.#parts.options.waitersMax) });
    this.#hold(id, timeoutMs, reply);
  }

  #hold(id: string, timeoutMs: number, reply: TaskReply): void {
    const { clock, verdicts } = this.#parts;
    const answer: TaskReply = (given) => {
      if (this.#waiters.delete(refuse)) reply(given);
    };
    const finish = (): void => {
      release();
      this.get(id, answer);
    };
    const release = (): void => {
      forget();
      disarm();
    };
    const refuse = (): void => {
      release();
      answer({ error: NOT_RUNNING });
    };
    this.#waiters.add(refuse);
    const forget = verdicts.add(id, finish);
    const disarm = clock.wakeAt(clock.now() + timeoutMs, finish);
  }

  /** Refuses the requests that wait for a verdict, because no commit will answer them. Their clients repeat them, and may reach the next engine. */
  close(): void {
    this.#closed = true;
    for (const refuse of this.#waiters) refuse();
  }

  cancel({ id, reason = '', expect }: CancelRequest, reply: TaskReply): void {
    const row = this.#parts.state.table.get(id);
    const changed = row && changedSince(row, expect);
    if (changed) return this.#parts.outbox.afterCommit(() => reply({ error: changed }));
    if (row === undefined || row.state === 'cancelled') return this.get(id, reply);
    if (isSettled(row.state)) {
      const error = settledAlready(row);
      return this.#parts.outbox.afterCommit(() => reply({ error }));
    }
    if (row.state === 'orchestrating') this.#parts.runs.cancel(row, 'cancel', reason);
    else this.#parts.core.drive(row, { type: 'CANCEL_REQUESTED', at: this.#parts.clock.now(), reason });
    this.get(id, reply);
  }

  retry(
    request: Redrive,
    reply: Reply<OrProblem<RetryReply>>,
    submit: TaskService['submit'] = (offers, done) => this.submit(offers, done),
  ): void {
    const { outbox, state } = this.#parts;
    const refuse = (error: Problem): void => outbox.afterCommit(() => reply({ error }));
    const row = state.table.get(request.id);
    if (row === undefined) return refuse(state.notFound(request.id));
    const changed = changedSince(row, request.expect);
    if (changed) return refuse(changed);
    const copies = redriveOffers(row, request, this.#parts);
    if ('error' in copies) return refuse(copies.error);
    submit(copies.offers, ([first, ...others]) => {
      if (first === undefined || 'error' in first) return reply({ error: notRepeated(row.id, first?.error) });
      const reopened = others.flatMap((one) => ('id' in one ? [one.id] : []));
      // Of a repetition that is over and forgotten there is no view.
      const error = repeatedBefore(row.id, first.id);
      this.get(first.id, (task) => reply(isView(task) ? { task, reopened } : { error }));
    });
  }

  reband(request: RebandRequest, reply: TaskReply): void {
    const { id } = request;
    const row = this.#parts.state.table.get(id);
    const refusal = row && this.#rebandRefusal(row, request);
    if (refusal) return this.#parts.outbox.afterCommit(() => reply({ error: refusal }));
    if (row) this.#parts.bands.change(row, request);
    this.get(id, reply);
  }

  #rebandRefusal(row: TaskRow, { band, expect }: RebandRequest): Problem | undefined {
    const changed = changedSince(row, expect);
    if (changed) return changed;
    if (isSettled(row.state)) return settledAlready(row);
    return projectBandProblem(row.class, band, this.#parts.state.definitions);
  }

  delete(request: DeleteRequest, reply: Reply<OrProblem<DeleteReply>>): void {
    const error = this.#parts.deletions.delete(request);
    const { id } = request;
    this.#parts.outbox.afterCommit(() => reply(error ? { error } : { id, deleted: true }));
  }

  list(filter: Cleared<ListRequest>, reply: Reply<ListReply>): void {
    const limit = Math.min(LISTED_MAX, filter.limit ?? LISTED_DEFAULT);
    const tasks: TaskView[] = [];
    const { type, ...others } = filter;
    const matches = matcherOf({ ...others, type: type === undefined ? undefined : [type] });
    let truncated = false;
    let scanned = 0;
    for (const row of this.#rows()) {
      if (tasks.length >= limit || scanned++ >= SCANNED_MAX) {
        truncated = true;
        break;
      }
      if (matches(row)) tasks.push(this.#parts.views.of(row));
    }
    const deleted = this.#parts.state.deleted.since(this.#parts.clock.now() - DELETED_SHOWN_MS);
    const shown = deleted.length > 0 && { deleted };
    this.#parts.outbox.afterCommit(() => reply({ tasks, truncated, ...shown }));
  }

  /** Looks at every task, in this turn: so the answer is about one position of the journal. */
  select(
    { filter, mayAct, unrepeated, idsMax, sampleMax }: TaskSelection,
    reply: Reply<SelectedTasks>,
  ): void {
    const { clock, state, views, outbox } = this.#parts;
    const matches = matcherOf(filter, (kind) => mayAct({ ...kind, submittedBy: kind.by?.name }));
    const repeated = unrepeated ? repeatedIn(state.table.rows.values()) : NONE;
    const ids: string[] = [];
    const sample: TaskView[] = [];
    let count = 0;
    for (const row of state.table.rows.values()) {
      if (!matches(row) || repeated.has(row.id)) continue;
      if (count++ < idsMax) ids.push(row.id);
      if (sample.length < sampleMax) sample.push(views.of(row));
    }
    const at = clock.now();
    outbox.afterCommit((seq) => reply({ ids, count, sample, seq, at }));
  }

  counts(filter: Cleared<CountsRequest>, reply: Reply<CountsReply>): void {
    const counts = this.#parts.state.table.kinds.of(filter);
    this.#parts.outbox.afterCommitAnyTime(() => reply(counts));
  }

  /** The tasks in the order of `list`: running, recently settled (the latest verdict first), waiting. */
  *#rows(): Generator<TaskRow> {
    const { table } = this.#parts.state;
    for (const session of this.#parts.fleet.all()) {
      for (const id of session.leases.keys()) {
        const row = table.get(id);
        if (row && !isSettled(row.state) && row.run.session === session.session) yield row;
      }
    }
    yield* table.recent();
    for (const row of table.rows.values()) if (!isSettled(row.state) && !isLeased(row.state)) yield row;
  }
}

/** A failed task has an `error` too, but it has an id. */
const isView = (answer: OrProblem<TaskView>): answer is TaskView => 'id' in answer;

const NONE: ReadonlySet<string> = new Set();

/** The tasks that others of these repeat. */
const repeatedIn = (rows: Iterable<TaskRow>): ReadonlySet<string> => {
  const repeated = new Set<string>();
  for (const { body } of rows) {
    const of = redriveIn(body);
    if (of !== undefined) repeated.add(of.task);
  }
  return repeated;
};

const repeatedBefore = (id: string, next: string): Problem => ({
  code: 'TASK_EXISTS',
  message: `task ${id} was run again already, as ${next}`,
});

const notRepeated = (
  id: string,
  problem: Problem = { code: 'INTERNAL', message: 'the engine gave no answer' },
): Problem =>
  problem.code === 'TASK_EXISTS'
    ? { ...problem, message: `task ${id} was run again already, with another edit: ${problem.message}` }
    : problem;

const settledAlready = (row: TaskRow): Problem => ({
  code: 'TASK_SETTLED',
  message: `task ${row.id} is ${row.state} already`,
});

/** The refusal of an engine that no longer owns its cell. */
export const NOT_RUNNING: Problem = {
  code: 'ENGINE_NOT_RUNNING',
  message: 'this engine has stopped, or another one has taken over: send the request again',
};

const STOPPING: Problem = { code: 'ENGINE_NOT_RUNNING', message: 'the engine is stopping' };

const tooMany = (max: number): Problem => ({
  code: 'QUEUE_FULL',
  message: `${max} requests wait for a verdict already`,
  retryAfterMs: 1_000,
});
