import type {
  DecisionsRequest,
  DecisionView,
  DryRunView,
  EngineSnapshot,
  GetDefinitionRequest,
  LimitUseView,
  StartEstimate,
  WhyView,
  WorkerView,
} from '@precedent/contract-types';
import { BANDS, formatDuration, formatIn, rankOf, timesText } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import type { ExplanationApi, OrProblem, Reply } from '@precedent/ports';
import type { DecisionRecord } from '@precedent/scheduling';
import { isAssignedAhead, publicStateOf } from '@precedent/tasks';
import type { Submission, TaskRow } from '@precedent/tasks';
import type { CellView } from '../cell/cell-view.ts';
import { runReasons } from '../runs/run-reasons.ts';
import { openDependencies } from '../dependencies/joined.ts';
import { waitsFor } from '../dependencies/waits-for.ts';
import { limitPlace, limitWait } from '../limits/limit-wait.ts';
import { limitUseOf } from '../limits/limit-use.ts';
import type { Limits } from '../limits/limits.ts';
import type { CellOptions } from '../options.ts';
import type { Outbox } from '../journal/outbox.ts';
import type { Preemption } from '../preemption/preemption.ts';
import type { CellMonitor } from './cell-monitor.ts';
import { dryRunOf } from './dry-run.ts';
import { remainingOf } from './predictions.ts';
import { predictedStart, withinOf } from './start-time.ts';
import { assignedText } from '../tasks/task-views.ts';
import type { TaskViews } from '../tasks/task-views.ts';
import { leaseKeyOf } from '../workers/worker-session.ts';
import { isHeldByLoad, unfitReasons, waitReasonOf } from './wait-reason.ts';

const DECISIONS_SHOWN = 20;
const DEPENDENCIES_SHOWN = 20;

export interface ExplainerParts extends CellView {
  readonly outbox: Outbox;
  readonly limits: Limits;
  readonly options: CellOptions;
  readonly views: TaskViews;
  readonly monitor: CellMonitor;
  readonly preemption: Preemption | undefined;
}

/** Explains why a task waits, what was decided about it and what would be decided about a new one; reports the state of the cell. */
export class Explainer implements ExplanationApi {
  readonly #parts: ExplainerParts;

  constructor(parts: ExplainerParts) {
    this.#parts = parts;
  }

  limitUse(request: GetDefinitionRequest, reply: Reply<OrProblem<LimitUseView>>): void {
    const { limits, options, clock, outbox } = this.#parts;
    const { namespace = options.defaults.namespace } = request;
    const use = limitUseOf(limits, { ...request, namespace }, clock.now());
    outbox.afterCommit(() => reply(use));
  }

  workers(reply: Reply<readonly WorkerView[]>): void {
    const workers = this.#parts.monitor.workers();
    this.#answerStatus(() => reply(workers));
  }

  status(reply: Reply<EngineSnapshot>): void {
    const snapshot = this.#parts.monitor.view();
    this.#answerStatus((journalSeq) => reply({ ...snapshot, journalSeq }));
  }

  /**
   * Answers after the commit, like every request. While the journal is unavailable it answers at once, because that is what the status
   * has to show then; but not while another engine may have written to the journal.
   */
  #answerStatus(answer: (seq: number) => void): void {
    const { outbox } = this.#parts;
    if (outbox.stalled && !outbox.contested) answer(outbox.durableSeq);
    else outbox.afterCommit(answer);
  }

  why(id: string, reply: Reply<OrProblem<WhyView>>): void {
    const { table } = this.#parts.state;
    const row = table.get(id);
    const answer = row ? this.#viewOf(row) : { error: this.#parts.state.notFound(id) };
    this.#parts.outbox.afterCommit(() => reply(answer));
  }

  decisions(filter: DecisionsRequest, reply: Reply<readonly DecisionView<DecisionRecord>[]>): void {
    const views = this.#parts.preemption?.log.list(filter) ?? [];
    this.#parts.outbox.afterCommit(() => reply(views));
  }

  dryRun(task: Submission, reply: Reply<OrProblem<DryRunView>>): void {
    const { preemption } = this.#parts;
    reply(preemption ? dryRunOf(this.#parts, preemption, task) : { error: NO_PREEMPTION });
  }

  #viewOf(row: TaskRow): WhyView {
    const log = this.#parts.preemption?.log;
    const about = log?.list({ task: row.id, limit: DECISIONS_SHOWN }) ?? [];
    const own = about.filter((view) => view.task === row.id);
    const place = row.state === 'queued' ? this.#positionOf(row) : undefined;
    const duration = this.#parts.predictions.of(row.id);
    const left =
      row.state === 'running' && !isAssignedAhead(row)
        ? remainingOf(duration, row, this.#parts.clock.now())
        : undefined;
    return {
      task: this.#parts.views.of(row),
      reasons: this.#reasons(row, own[0]),
      ...(place && { place, ...this.#startOf(row, place.before) }),
      ...(duration && { duration }),
      ...(left && { endsInMs: withinOf(left) }),
      preemptedBy: about.filter((view) => view.victims.includes(row.id)),
      displaced: own.filter((view) => view.victims.length > 0),
      decisions: own,
    };
  }

  #reasons(row: TaskRow, last: DecisionView | undefined): string[] {
    const { preemptions } = row.durable;
    return [
      ...this.#stateReasons(row),
      ...movedText(row),
      ...(preemptions > 0 ? [`it was preempted ${timesText(preemptions)}`] : []),
      ...(last ? [last.explanation] : []),
    ];
  }

  #stateReasons(row: TaskRow): string[] {
    const { state, run } = row;
    switch (state) {
      case 'waiting':
        return this.#openDependencies(row);
      case 'orchestrating':
        return runReasons(this.#parts.state.runs.get(row.id));
      case 'pending':
      case 'queued':
        return this.#waitReasons(row);
      case 'running':
        if (isAssignedAhead(row)) return [assignedText(row)];
        return [this.#whereItRuns(row), ...this.#runsLong(row)];
      case 'stopping':
        return [`it runs on ${run.worker} and is being stopped (${run.stop})`, ...this.#overdue(row)];
      case 'preempting':
        return [`it gives up its slot on ${run.worker} (${run.preempt?.mode})`, ...this.#overdue(row)];
      case 'suspended': {
        const left = formatDuration(this.#leftMs(run.preempt?.deadline));
        return [`it is suspended on worker ${run.worker}, frozen where it was, for ${left} at most`];
      }
      case 'preempted':
        return [`it was preempted, and may run again ${formatIn(this.#leftMs(run.dueAt))}`];
      case 'retrying':
        return [
          `retry ${row.retries} is due ${formatIn(this.#leftMs(run.dueAt))}: ${run.error?.message ?? ''}`,
        ];
      case 'completed':
      case 'failed':
      case 'cancelled':
      case 'timed_out':
      case 'skipped':
      case 'rejected':
        return [`it is ${state}${run.error ? `: ${run.error.message}` : ''}`];
    }
  }

  /** What it waits for, and how each of those is. */
  #openDependencies(row: TaskRow): string[] {
    const { table } = this.#parts.state;
    const shown = openDependencies(row).slice(0, DEPENDENCIES_SHOWN);
    const states = shown.map(({ task }) => {
      const other = table.get(task);
      return other ? `task ${task} is ${publicStateOf(other)}` : `task ${task} is not there yet`;
    });
    return [`it waits for ${waitsFor(row)}`, ...states];
  }

  #whereItRuns({ id, run }: TaskRow): string {
    const isAbove = this.#parts.fleet.get(run.session ?? '')?.express.has(id) === true;
    return `it runs on ${run.worker}${isAbove ? ' in an express slot, above the slot count of the worker' : ''}`;
  }

  #overdue({ id, epoch, run }: TaskRow): string[] {
    const lease = this.#parts.fleet.get(run.session ?? '')?.overdue.get(leaseKeyOf([id, epoch]));
    if (lease === undefined) return [];
    const duration = formatDuration(this.#parts.clock.now() - lease.since);
    return [`its code has not left by its deadline: it is overdue for ${duration}`];
  }

  #leftMs(dueAt: number | undefined): number {
    return Math.max(0, (dueAt ?? 0) - this.#parts.clock.now());
  }

  #waitReasons(row: TaskRow): string[] {
    const queueClass = this.#parts.queueClasses.of(row.class);
    const { fleet, clock } = this.#parts;
    const limited = limitWait(row, clock.now());
    if (limited !== undefined) return [limited, limitPlace(row) ?? ''];
    const found = waitReasonOf(fleet.eligible(queueClass), row.class, clock.now());
    return found ? [found.detail] : unfitReasons(fleet, queueClass);
  }

  #positionOf(row: TaskRow): { before: number; ofBand: number } {
    const queueClass = this.#parts.queueClasses.of(row.class);
    const own = queueClass.queue(row.class.band);
    let before = 0;
    for (const other of own.waiting(own.size)) if (other.order < row.order) before++;
    for (const band of BANDS.slice(rankOf(row.class.band) + 1)) before += queueClass.queue(band).size;
    return { before, ofBand: own.size };
  }

  #runsLong(row: TaskRow): string[] {
    const duration = this.#parts.predictions.of(row.id);
    if (duration === undefined || remainingOf(duration, row, this.#parts.clock.now())) return [];
    return [`it runs longer than 9 of 10 like it (p90 ${formatDuration(duration.p90)})`];
  }

  /** When the task starts. No throughput says that of a task that no worker can run, or that only the load of machines holds back. */
  #startOf(row: TaskRow, before: number): Pick<WhyView, 'startsInMs'> {
    const { fleet, queueClasses } = this.#parts;
    const fitting = fleet.eligible(queueClasses.of(row.class));
    if (fitting.length === 0 || isHeldByLoad(fitting, row.class)) return {};
    return { startsInMs: predictedStart(this.#parts, row) ?? this.#byThroughput(before) };
  }

  /** A wide estimate, by the throughput of the cell; `basis` has the spelling of the wire. */
  #byThroughput(before: number): StartEstimate {
    const likely = Math.round(((before + 1) / Math.max(0.1, this.#parts.monitor.throughput)) * 1_000);
    return { earliest: Math.round(likely / 2), likely, latest: likely * 3, basis: 'pace' };
  }
}

const movedText = ({ class: { band, submittedBand } }: TaskRow): string[] =>
  submittedBand === undefined ? [] : [`it was submitted in band ${submittedBand}, and moved to band ${band}`];

const NO_PREEMPTION: Problem = {
  code: 'INVALID_REQUEST',
  message: 'preemption is switched off in this cell',
};
