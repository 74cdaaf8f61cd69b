import { BANDS } from '@precedent/kernel';
import type { Band, EpochMs } from '@precedent/kernel';
import type {
  BandSnapshot,
  DecisionView,
  DeleteAnswer,
  DeleteRequest,
  DryRunView,
  EngineApi,
  EngineSnapshot,
  FrozenLease,
  HelloAnswer,
  LeaseRef,
  LeaseStep,
  Offer,
  OrProblem,
  QuietLease,
  Reply,
  SettledLease,
  SubmitAnswer,
  TaskFilter,
  TaskList,
  TaskPrediction,
  TaskSnapshot,
  WhyView,
  WorkerHello,
  WorkerLoad,
  WorkerSnapshot,
} from '@precedent/ports';
import { isLeased } from '@precedent/tasks';
import type { Submission } from '@precedent/tasks';
import { CellCore, isOpen } from './cell-core.ts';
import type { CellPast } from './cell-core.ts';
import { Deletions } from './deletions.ts';
import type { CellOptions, CellPorts } from './options.ts';
import { PreemptionDesk } from './preemption/preemption-desk.ts';
import { Queries } from './queries.ts';
import { sampleOf } from './cell-sample.ts';
import { Submissions } from './submissions.ts';
import { StepDesk } from './step-desk.ts';
import { WhyDesk } from './why-desk.ts';
import { WorkerDesk } from './worker-desk.ts';

/** A running cell: the engine's API over one core. It lives from a recovery to a stop or a fencing. */
export class Cell implements EngineApi {
  readonly core: CellCore;
  readonly #submissions: Submissions;
  readonly #deletions: Deletions;
  readonly #desk: WorkerDesk;
  readonly #steps: StepDesk;
  readonly #why: WhyDesk;
  readonly #queries: Queries;
  readonly #startedAt: EpochMs;
  readonly #voidBefore: number;
  #open = true;
  #settledBefore = 0;
  #tickedAt: EpochMs;

  constructor(options: CellOptions, ports: CellPorts, past: CellPast) {
    this.core = new CellCore(options, ports, past);
    if (options.preemption) this.core.preemption = new PreemptionDesk(this.core, options.preemption);
    this.#submissions = new Submissions(this.core);
    this.#deletions = new Deletions(this.core);
    this.#desk = new WorkerDesk(this.core);
    this.#steps = new StepDesk(this.core);
    this.#why = new WhyDesk(this.core, () => this.#submissions.settledPerSecond);
    this.#queries = new Queries(this.core);
    this.#startedAt = this.core.now;
    this.#voidBefore = past.voidEntries;
    this.#tickedAt = this.#startedAt;
    this.#adopt();
    // What is counted from here on is this engine's own.
    Object.assign(this.core.state.table.verdicts, {
      completed: 0,
      failed: 0,
      cancelled: 0,
      timed_out: 0,
      rejected: 0,
    });
  }

  submit(offers: readonly Offer[], reply: Reply<readonly SubmitAnswer[]>): void {
    if (this.#open) return this.#submissions.submit(offers, reply);
    reply(offers.map(() => ({ error: { code: 'ENGINE_NOT_RUNNING', message: 'the engine is stopping' } })));
  }
  room(band: Band): number {
    return this.#open ? this.#submissions.room(band) : 0;
  }
  get(id: string, reply: Reply<OrProblem<TaskSnapshot>>): void {
    this.#queries.get(id, reply);
  }
  wait(id: string, timeoutMs: number, reply: Reply<OrProblem<TaskSnapshot>>): void {
    this.#queries.wait(id, timeoutMs, reply);
  }
  cancel(id: string, reason: string, reply: Reply<OrProblem<TaskSnapshot>>): void {
    this.#queries.cancel(id, reason, reply);
  }
  list(filter: TaskFilter, reply: Reply<TaskList>): void {
    this.#queries.list(filter, reply);
  }
  delete(request: DeleteRequest, reply: Reply<OrProblem<DeleteAnswer>>): void {
    this.#deletions.delete(request, reply);
  }
  workers(reply: Reply<readonly WorkerSnapshot[]>): void {
    const workers = [...this.core.fleet.all()]
      .filter(({ state }) => state !== 'absent')
      .map((session) => session.snapshot());
    this.#tell(() => reply(workers));
  }
  status(reply: Reply<EngineSnapshot>): void {
    const snapshot = this.snapshot();
    this.#tell((journalSeq) => reply({ ...snapshot, journalSeq }));
  }
  hello(hello: WorkerHello, reply: Reply<OrProblem<HelloAnswer>>): void {
    this.#desk.hello(hello, reply);
  }
  heartbeat(
    session: string,
    running: readonly LeaseRef[],
    quiet: readonly QuietLease[],
    frozen?: readonly FrozenLease[],
  ): void {
    this.#desk.heartbeat(session, running, quiet, frozen);
  }
  progress(session: string, lease: LeaseRef, fraction: number, message?: string): void {
    this.#desk.progress(session, lease, fraction, message);
  }
  report(session: string, settled: readonly SettledLease[], reply: Reply<readonly LeaseRef[]>): void {
    this.#desk.report(session, settled, reply);
  }
  keep(
    session: string,
    lease: LeaseRef,
    step: LeaseStep,
    reply: Reply<OrProblem<{ readonly ok: true }>>,
  ): void {
    this.#steps.keep(session, lease, step, reply);
  }
  atomic(session: string, lease: LeaseRef, maxMs: number): void {
    this.#steps.atomic(session, lease, maxMs);
  }
  load(session: string, load: WorkerLoad): void {
    this.#steps.load(session, load);
  }
  predicted(predictions: readonly TaskPrediction[]): void {
    const { table } = this.core.state;
    const isLive = (id: string): boolean => {
      const row = table.get(id);
      return row !== undefined && isOpen(row);
    };
    for (const one of predictions) this.core.predictions.learn(one, isLive);
  }
  why(id: string, reply: Reply<OrProblem<WhyView>>): void {
    this.#why.why(id, reply);
  }
  decisions(
    filter: { readonly task?: string | undefined; readonly limit?: number | undefined },
    reply: Reply<readonly DecisionView[]>,
  ): void {
    this.#why.decisions(filter, reply);
  }
  dryRun(task: Submission, reply: Reply<OrProblem<DryRunView>>): void {
    this.#why.dryRun(task, reply);
  }
  draining(session: string): void {
    this.#desk.draining(session);
  }
  bye(session: string, reply: Reply<void>): void {
    this.#desk.bye(session, reply);
  }

  /** About once a second: silence of workers, old keys, the pace. */
  tick(): void {
    const { now } = this.core;
    this.#desk.check(now);
    this.core.preemption?.tick(now);
    this.core.state.keys.expire(now);
    const seconds = Math.max(0.001, (now - this.#tickedAt) / 1_000);
    this.#submissions.settledPerSecond = (this.#settled - this.#settledBefore) / seconds;
    this.#settledBefore = this.#settled;
    this.#tickedAt = now;
    this.core.ports.telemetry.emit(sampleOf(this.core));
  }

  /** Nothing more is written or told; who waits for a verdict is sent to the next engine. */
  close(): void {
    this.#queries.close();
    this.core.close();
  }

  /** No new submission is taken and no new lease is made; what runs goes on. */
  closeDoors(): void {
    this.#open = false;
    this.core.dispatching = false;
  }

  snapshot(): EngineSnapshot {
    const { state, options, epoch, outbox, fleet } = this.core;
    const bands = Object.fromEntries(BANDS.map((band) => [band, { ...state.table.use(band) }])) as Record<
      Band,
      BandSnapshot
    >;
    return {
      state: this.#open ? 'running' : 'stopping',
      cell: options.cell,
      epoch,
      startedAt: this.#startedAt,
      journalSeq: outbox.durableSeq,
      bands,
      settled: { ...state.table.verdicts },
      workers: [...fleet.all()].filter(({ state: life }) => life !== 'absent').length,
      slots: fleet.slots,
      loads: fleet.loads,
      staleReports: this.#desk.staleReports,
      voidEntries: this.#voidBefore + outbox.voidEntries,
    };
  }

  /**
   * After the commit, as every answer; at once while the journal cannot be written, for who asks then wants to see that, but not while another
   * engine may have written it.
   */
  #tell(answer: (seq: number) => void): void {
    const { outbox } = this.core;
    if (outbox.stalled && !outbox.contested) answer(outbox.durableSeq);
    else outbox.afterCommit(answer);
  }

  /** Takes up what the journal left open: queues, timers, and the leases that workers may still hold. */
  #adopt(): void {
    const { core } = this;
    for (const row of core.state.table.rows.values()) {
      if (isLeased(row.state)) this.#desk.expect(row, core.now);
      core.place(row);
    }
  }

  get #settled(): number {
    const { verdicts } = this.core.state.table;
    return verdicts.completed + verdicts.failed + verdicts.cancelled + verdicts.timed_out;
  }
}
