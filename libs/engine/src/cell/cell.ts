import { BANDS } from '@precedent/kernel';
import type { Caller, ClientApi, EngineApi, Reply, SelectedTasks, TaskSelection } from '@precedent/ports';
import { isLeased } from '@precedent/tasks';
import { BandChanges } from '../bands/band-changes.ts';
import { clientApiOf } from '../callers/client-api-of.ts';
import { CriticalBudgets } from '../callers/critical-budgets.ts';
import { AheadAssigner } from '../dispatch/ahead-assigner.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import type { QueueClasses } from '../dispatch/queue-classes.ts';
import { Definitions } from '../definitions/definitions.ts';
import { PROJECT_RULES } from '../definitions/definition-rules.ts';
import type { DefinitionRulesOf } from '../definitions/definition-rules.ts';
import { DependencyLookup } from '../dependencies/dependency-lookup.ts';
import { CellMonitor } from '../explain/cell-monitor.ts';
import { Explainer } from '../explain/explainer.ts';
import type { Predictions } from '../explain/predictions.ts';
import { limitRules } from '../limits/limit-rules.ts';
import type { Limits } from '../limits/limits.ts';
import type { Outbox } from '../journal/outbox.ts';
import { Snapshotter } from '../journal/snapshotter.ts';
import type { CellOptions, CellPorts } from '../options.ts';
import { Preemption } from '../preemption/preemption.ts';
import { RunService } from '../runs/run-service.ts';
import { Runs } from '../runs/runs.ts';
import { scheduleRules } from '../schedules/schedule-definition.ts';
import { ScheduleService } from '../schedules/schedule-service.ts';
import { Schedules } from '../schedules/schedules.ts';
import { Submissions } from '../submissions/submissions.ts';
import { Deletions } from '../tasks/deletions.ts';
import { TaskDeadlines } from '../tasks/task-deadlines.ts';
import { TaskService } from '../tasks/task-service.ts';
import { TaskViews } from '../tasks/task-views.ts';
import { CheckpointRecorder } from '../workers/checkpoint-recorder.ts';
import type { Fleet } from '../workers/fleet.ts';
import { LeaseTracker } from '../workers/lease-tracker.ts';
import { OverdueLeases } from '../workers/overdue-leases.ts';
import { WorkerProbes } from '../workers/worker-probes.ts';
import { WorkerSessions } from '../workers/worker-sessions.ts';
import { workflowRules } from '../definitions/workflow-rules.ts';
import type { CellState } from './cell-state.ts';
import { coreParts } from './core-parts.ts';
import type { CellStart, CoreParts } from './core-parts.ts';

/** A running cell: wires all parts. It lives from a recovery until the engine stops or is fenced. */
export class Cell implements EngineApi {
  readonly tasks: TaskService;
  readonly workers: WorkerSessions;
  readonly explanations: Explainer;
  readonly definitions: Definitions;
  readonly runs: RunService;
  readonly #runs: Runs;
  readonly schedules: ScheduleService;
  readonly dispatcher: Dispatcher;
  readonly snapshots: Snapshotter;
  readonly #parts: CoreParts;
  readonly #leases: LeaseTracker;
  readonly #probes: WorkerProbes;
  readonly #preemption: Preemption | undefined;
  readonly #monitor: CellMonitor;
  readonly #budgets = new CriticalBudgets();
  readonly #definitionRules: DefinitionRulesOf;
  readonly #schedules: Schedules;

  constructor(options: CellOptions, ports: CellPorts, start: CellStart) {
    // The core calls back into parts that are constructed after it.
    const parts = coreParts(options, ports, start, {
      dispatch: () => this.dispatcher.dispatch(),
      onDeadline: (row) => deadlines.passed(row),
      runs: () => this.#runs,
    });
    const { state } = parts;
    const { preemption: policy } = options;
    const preemption = policy && new Preemption({ ...parts, cell: parts, policy });
    this.#runs = new Runs({
      ...parts,
      requestTurn: () => parts.core.requestTurn(),
      drive: (row, event) => void parts.core.drive(row, event),
      submissions: () => submissions,
    });
    const runs = this.#runs;
    this.runs = new RunService({ ...parts, runs });
    const deadlines = new TaskDeadlines({ ...parts, preemption, runs });
    const views = new TaskViews(parts);
    const leases = new LeaseTracker({ ...parts, overdue: new OverdueLeases(parts) });
    const checkpoints = new CheckpointRecorder(parts);
    const throughput = (): number => this.#monitor.throughput;
    const submissions = new Submissions({ ...parts, throughput });
    const deletions = new Deletions({ ...parts, preemption });
    const lookup = new DependencyLookup(parts);
    const bands = new BandChanges(parts);
    this.tasks = new TaskService({ ...parts, views, submissions, deletions, bands, lookup, runs });
    this.#definitionRules = rulesOf(parts);
    const accepts = (): boolean => this.tasks.accepts;
    const requestTurn = (): void => parts.core.requestTurn();
    this.definitions = new Definitions({ ...parts, rules: this.#definitionRules, requestTurn, accepts });
    const { definitions } = this;
    this.#schedules = new Schedules({ ...parts, submissions, definitions, accepts });
    this.schedules = new ScheduleService({
      ...parts,
      definitions,
      schedules: this.#schedules,
      defaultNamespace: options.defaults.namespace,
    });
    const probes = new WorkerProbes(parts);
    this.workers = new WorkerSessions({ ...parts, leases, checkpoints, probes });
    // `status` shows the verdicts since this engine started: those of the recovery do not count.
    Object.assign(state.table.verdicts, NO_VERDICTS);
    this.#monitor = new CellMonitor({
      ...parts,
      cell: options.cell,
      voidEntries: start.voidEntries,
      accepts,
      staleReports: () => this.workers.staleReports,
    });
    this.explanations = new Explainer({ ...parts, views, monitor: this.#monitor, preemption });
    const ahead = new AheadAssigner({ ...parts, preemption });
    this.dispatcher = new Dispatcher({ ...parts, preemption, probes, ahead });
    this.snapshots = new Snapshotter(parts, start.snapshot);
    this.#parts = parts;
    this.#leases = leases;
    this.#probes = probes;
    this.#preemption = preemption;
    this.#adopt();
  }

  forCaller(caller: Caller): ClientApi {
    const [budgets, definitionRules] = [this.#budgets, this.#definitionRules];
    return clientApiOf(this, caller, { ...this.#parts, budgets, definitionRules });
  }

  select(selection: TaskSelection, reply: Reply<SelectedTasks>): void {
    this.tasks.select(selection, reply);
  }

  get predictions(): Predictions {
    return this.#parts.predictions;
  }
  get state(): CellState {
    return this.#parts.state;
  }
  get fleet(): Fleet {
    return this.#parts.fleet;
  }
  get queueClasses(): QueueClasses {
    return this.#parts.queueClasses;
  }
  get limits(): Limits {
    return this.#parts.limits;
  }
  get outbox(): Outbox {
    return this.#parts.outbox;
  }
  get epoch(): number {
    return this.#parts.epoch;
  }

  /** How many tasks have a lease. */
  get leased(): number {
    return BANDS.reduce((sum, band) => sum + this.state.table.countsOf(band).running, 0);
  }

  /** Runs about once a second: closes silent sessions, expires idempotency keys, measures the throughput, emits figures. */
  tick(): void {
    const { clock, telemetry } = this.#parts;
    const now = clock.now();
    this.workers.checkSilence(now);
    this.#preemption?.tick(now);
    this.state.keys.expire(now);
    this.#monitor.measure(now);
    telemetry.emit(this.#monitor.sample(now, this.#preemption?.reservations.counts));
  }

  /** Accepts no new submission and makes no new lease; running attempts go on. */
  drain(): void {
    this.tasks.stopAccepting();
    this.dispatcher.enable(false);
  }

  /** Nothing is written or sent from now on. Requests that wait for a verdict are refused, so that their clients try the next engine. */
  close(): void {
    this.tasks.close();
    this.dispatcher.enable(false);
    this.#parts.core.close();
    this.#probes.close();
    this.#parts.timers.stop();
    this.#parts.dependencies.close();
    this.#runs.close();
    this.#schedules.close();
    this.outbox.close();
  }

  /** Takes over the recovered tasks: fills queues, sets timers, and expects the leases that workers may still hold. */
  #adopt(): void {
    const now = this.#parts.clock.now();
    for (const row of this.state.table.rows.values()) {
      if (isLeased(row.state)) this.#leases.restore(row, now);
      this.#parts.core.adopt(row);
    }
  }
}

/** What each kind of definition has to keep to. */
const rulesOf = (parts: CoreParts): DefinitionRulesOf => ({
  project: PROJECT_RULES,
  limit: limitRules(parts.conditions),
  schedule: scheduleRules(parts),
  workflow: workflowRules(parts.conditions),
});

const NO_VERDICTS = { completed: 0, failed: 0, cancelled: 0, timed_out: 0, skipped: 0, rejected: 0 };
