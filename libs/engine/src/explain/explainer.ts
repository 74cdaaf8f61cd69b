import type {
  DecisionsRequest,
  DecisionView,
  DryRunView,
  EngineSnapshot,
  StartEstimate,
  WhyView,
  WorkerView,
} from '@precedent/contract-types';
import { formatDuration, formatIn, rankOf, timesText } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import type { ExplanationApi, OrProblem, Reply } from '@precedent/ports';
import { explain, inspect, lacks } from '@precedent/scheduling';
import type { DecisionRecord, QueueClass, Snapshot } from '@precedent/scheduling';
import { isSettled } from '@precedent/tasks';
import type { Submission, TaskRow } from '@precedent/tasks';
import type { CellView } from '../cell/cell-view.ts';
import type { Outbox } from '../journal/outbox.ts';
import type { Preemption } from '../preemption/preemption.ts';
import type { CellMonitor } from './cell-monitor.ts';
import { candidateOf } from '../preemption/scheduling-snapshot.ts';
import { remainingOf } from './predictions.ts';
import { predictedStart, withinOf } from './start-time.ts';
import type { TaskViews } from '../tasks/task-views.ts';
import { isHeldByLoad, takesNow, waitReasonOf } from './wait-reason.ts';

const DECISIONS_SHOWN = 20;
const DRY_RUN_ID = 'dry-run';

export interface ExplainerParts extends CellView {
  readonly outbox: Outbox;
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
    if (preemption === undefined)
      return reply({
        error: { code: 'INVALID_REQUEST', message: 'preemption is switched off in this cell' },
      });
    const { clock, fleet, queueClasses, state } = this.#parts;
    const now = clock.now();
    const kind = state.classes.of(task);
    const eligible = fleet.eligible(queueClasses.of(kind));
    if (eligible.length === 0) {
      const explanation = this.#unfit(queueClasses.of(kind)).join('; ');
      return reply({ outcome: 'no_worker', explanation, candidates: [] });
    }
    const free = eligible.find((session) => takesNow(session, kind));
    if (free) {
      const outcome = {
        startsOn: free.profile.worker,
        outcome: 'starts',
        explanation: 'a fitting slot is free',
        candidates: [],
      };
      return reply(outcome);
    }
    const takers = eligible.filter((session) => session.admission(rankOf(kind.band)).admits);
    const waits = waitReasonOf(eligible, kind);
    if (takers.length === 0 && waits)
      return reply({ outcome: waits.reason, explanation: waits.detail, candidates: [] });
    const waiting: Snapshot['waiting'][number] = {
      ...candidateOf(
        DRY_RUN_ID,
        kind,
        takers.map(({ session }) => session),
      ),
      queue: DRY_RUN_ID,
      order: state.table.nextOrder,
      submittedAt: now,
      waitingSince: now,
    };
    const inspection = inspect(preemption.preemptor.snapshot([waiting]), preemption.policy, DRY_RUN_ID);
    const { decision, skip, candidates } = inspection;
    const explanation = decision
      ? explain(decision)
      : (waits?.detail ?? `no decision is made: ${skip ?? 'nothing is in its way'}`);
    reply({ outcome: decision?.outcome ?? skip ?? 'none', explanation, candidates });
  }

  #viewOf(row: TaskRow): WhyView {
    const log = this.#parts.preemption?.log;
    const about = log?.list({ task: row.id, limit: DECISIONS_SHOWN }) ?? [];
    const own = about.filter((view) => view.task === row.id);
    const place = row.state === 'queued' ? this.#positionOf(row) : undefined;
    const duration = this.#parts.predictions.of(row.id);
    const left = row.state === 'running' ? remainingOf(duration, row, this.#parts.clock.now()) : undefined;
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
    const { state, run, durable } = row;
    const reasons: string[] = [];
    if (isSettled(state)) reasons.push(`it is ${state}${run.error ? `: ${run.error.message}` : ''}`);
    else if (state === 'running') reasons.push(this.#whereItRuns(row), ...this.#overdue(row));
    else if (state === 'stopping')
      reasons.push(`it runs on ${run.worker} and is being stopped (${run.stop})`);
    else if (state === 'preempting')
      reasons.push(`it gives up its slot on ${run.worker} (${run.preempt?.mode})`);
    else if (state === 'suspended')
      reasons.push(
        `it is suspended on worker ${run.worker}, frozen where it was, for ${formatDuration(this.#leftMs(run.preempt?.deadline))} at most`,
      );
    else if (state === 'preempted')
      reasons.push(`it was preempted, and may run again ${formatIn(this.#leftMs(run.dueAt))}`);
    else if (state === 'retrying')
      reasons.push(
        `retry ${row.retries} is due ${formatIn(this.#leftMs(run.dueAt))}: ${run.error?.message ?? ''}`,
      );
    else reasons.push(...this.#waitReasons(row));
    if (durable.preemptions > 0) reasons.push(`it was preempted ${timesText(durable.preemptions)}`);
    if (last) reasons.push(last.explanation);
    return reasons;
  }

  #whereItRuns({ id, run }: TaskRow): string {
    const isAbove = this.#parts.fleet.get(run.session ?? '')?.express.has(id) === true;
    return `it runs on ${run.worker}${isAbove ? ' in an express slot, above the slot count of the worker' : ''}`;
  }

  #leftMs(dueAt: number | undefined): number {
    return Math.max(0, (dueAt ?? 0) - this.#parts.clock.now());
  }

  #waitReasons(row: TaskRow): string[] {
    const queueClass = this.#parts.queueClasses.of(row.class);
    const found = waitReasonOf(this.#parts.fleet.eligible(queueClass), row.class);
    return found ? [found.detail] : this.#unfit(queueClass);
  }

  /** Why no worker can run the task. */
  #unfit({ placement }: QueueClass<TaskRow>): string[] {
    const sessions = [...this.#parts.fleet.all()].filter(({ state }) => state === 'ready');
    if (sessions.length === 0) return ['no worker is connected'];
    const lacking = sessions
      .slice(0, 5)
      .map(({ profile }) => `${profile.worker} lacks ${lacks(profile, placement) ?? 'nothing'}`);
    return ['no worker fits it', ...lacking];
  }

  #positionOf(row: TaskRow): { before: number; ofBand: number } {
    const queueClass = this.#parts.queueClasses.of(row.class);
    const own = queueClass.queue(row.class.band);
    let before = 0;
    for (const other of own.waiting(own.size)) if (other.order < row.order) before++;
    for (const band of HIGHER[row.class.band]) before += queueClass.queue(band).size;
    return { before, ofBand: own.size };
  }

  #overdue(row: TaskRow): string[] {
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

const BANDS_UP: readonly Band[] = ['low', 'normal', 'high', 'critical'];
const above = (band: Band): readonly Band[] => BANDS_UP.slice(rankOf(band) + 1);
const HIGHER: Readonly<Record<Band, readonly Band[]>> = {
  low: above('low'),
  normal: above('normal'),
  high: above('high'),
  critical: above('critical'),
};
