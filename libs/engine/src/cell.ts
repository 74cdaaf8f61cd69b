import type { EngineApi, PredictionSink } from '@precedent/ports';
import { isLeased } from '@precedent/tasks';
import { CellCore } from './cell-core.ts';
import type { CellPast } from './cell-core.ts';
import { sampleOf } from './cell-sample.ts';
import { CellStatus } from './cell-status.ts';
import { Explainer } from './explainer.ts';
import type { CellOptions, CellPorts } from './options.ts';
import { PreemptionDesk } from './preemption/preemption-desk.ts';
import { Submissions } from './submissions.ts';
import { TaskService } from './task-service.ts';
import { WorkerSessions } from './worker-sessions.ts';

/** A running cell: the parts of an engine, wired. It lives from a recovery to a stop or a fencing. */
export class Cell implements EngineApi {
  readonly core: CellCore;
  readonly tasks: TaskService;
  readonly workers: WorkerSessions;
  readonly explanations: Explainer;
  readonly predictions: PredictionSink;
  readonly #status: CellStatus;

  constructor(options: CellOptions, ports: CellPorts, past: CellPast) {
    const core = new CellCore(options, ports, past);
    this.core = core;
    if (options.preemption) core.preemption = new PreemptionDesk(core, options.preemption);
    this.predictions = core.predictions;
    this.tasks = new TaskService(core, new Submissions(core, () => this.#status.throughput));
    this.workers = new WorkerSessions(core);
    // This engine counts the verdicts of its own life.
    Object.assign(core.state.table.verdicts, NO_VERDICTS);
    this.#status = new CellStatus({
      core,
      voidEntries: past.voidEntries,
      accepts: () => this.tasks.accepts,
      staleReports: () => this.workers.staleReports,
    });
    this.explanations = new Explainer(core, this.#status);
    this.#adopt();
  }

  /** Runs about once a second: finds silent workers, expires idempotency keys, measures. */
  tick(): void {
    const { now, preemption, state, ports } = this.core;
    this.workers.check(now);
    preemption?.tick(now);
    state.keys.expire(now);
    this.#status.measure(now);
    ports.telemetry.emit(sampleOf(this.core));
  }

  /** Nothing more is written or reported; requests that wait for a verdict are refused, so that their clients ask the next engine. */
  close(): void {
    this.tasks.close();
    this.core.close();
  }

  /** Accepts no new submission and makes no new lease; running attempts go on. */
  drain(): void {
    this.tasks.stopAccepting();
    this.core.dispatching = false;
  }

  /** Takes over what the journal left open: queues, timers, and the leases that workers may still hold. */
  #adopt(): void {
    const { core } = this;
    for (const row of core.state.table.rows.values()) {
      if (isLeased(row.state)) this.workers.expect(row, core.now);
      core.place(row);
    }
  }
}

const NO_VERDICTS = { completed: 0, failed: 0, cancelled: 0, timed_out: 0, rejected: 0 };
