import type { WorkflowSpec } from '@precedent/contract-types';
import type { EpochMs } from '@precedent/kernel';
import { planOf } from './plan.ts';
import type { WorkflowPlan, PlannedStep } from './plan.ts';
import type { RunPhase } from './run.machine.ts';
import type { WorkflowRef } from './run-facts.ts';
import { StepState } from './step-state.ts';
import type { StoredStep } from './step-state.ts';

/** A signal that no step has taken. */
export interface Signal {
  readonly payload: unknown;
}

/** A run of a workflow: the fold of its facts. */
export class RunState {
  readonly plan: WorkflowPlan;
  readonly input: Readonly<Record<string, unknown>>;
  readonly workflow: WorkflowRef | undefined;
  rerunOf: string | undefined;
  readonly steps = new Map<string, StepState>();
  phase: RunPhase = 'running';
  pausedAt: EpochMs | undefined;
  /** The step whose failure the run fails with. */
  failed: string | undefined;
  cancelled: { readonly cause: 'cancel' | 'total'; readonly reason?: string | undefined } | undefined;
  /** Signals by name, in the order of their arrival. */
  readonly signals = new Map<string, Signal[]>();
  /** Keys of signals that came: each counts once. */
  readonly signalKeys = new Set<string>();
  /** Steps that have ended. */
  ended = 0;
  /** Steps that are open. */
  open = 0;
  /** Steps whose tasks were requested to stop; not a part of what is stored. */
  readonly stopping = new Set<string>();
  /** Steps that something may have changed for; not a part of what is stored. */
  readonly changed: Set<string>;

  constructor(spec: WorkflowSpec, begun: RunBeginning) {
    this.plan = planOf(spec);
    this.input = begun.input;
    this.workflow = begun.workflow;
    for (const name of this.plan.steps.keys()) this.steps.set(name, new StepState());
    this.changed = new Set(this.plan.steps.keys());
  }

  step(name: string): StepState {
    const step = this.steps.get(name);
    if (step === undefined) throw new Error(`the run has no step ${name}`);
    return step;
  }

  planned(name: string): PlannedStep {
    const step = this.plan.steps.get(name);
    if (step === undefined) throw new Error(`the workflow has no step ${name}`);
    return step;
  }

  stored(): StoredRun {
    const { input, workflow, rerunOf, phase, pausedAt, failed, cancelled, ended, open } = this;
    return {
      input,
      workflow,
      rerunOf,
      phase,
      pausedAt,
      failed,
      cancelled,
      ended,
      open,
      definition: this.plan.spec,
      steps: Object.fromEntries([...this.steps].map(([name, step]) => [name, step.toJSON()])),
      signals: Object.fromEntries(this.signals),
      signalKeys: [...this.signalKeys],
    };
  }

  static restored({ definition, steps, signals, signalKeys, ...plain }: StoredRun): RunState {
    const run = new RunState(definition, plain);
    const { phase, pausedAt, failed, cancelled, ended, open, rerunOf } = plain;
    Object.assign(run, { phase, pausedAt, failed, cancelled, ended, open, rerunOf });
    for (const [name, step] of Object.entries(steps)) run.steps.set(name, StepState.restored(step));
    for (const [name, all] of Object.entries(signals)) run.signals.set(name, [...all]);
    for (const key of signalKeys) run.signalKeys.add(key);
    return run;
  }
}

export interface RunBeginning {
  readonly input: Readonly<Record<string, unknown>>;
  readonly workflow?: WorkflowRef | undefined;
}

/** A run as a snapshot holds it. */
export interface StoredRun extends RunBeginning {
  readonly definition: WorkflowSpec;
  readonly rerunOf?: string | undefined;
  readonly phase: RunPhase;
  readonly pausedAt?: EpochMs | undefined;
  readonly failed?: string | undefined;
  readonly cancelled?: RunState['cancelled'];
  readonly ended: number;
  readonly open: number;
  readonly steps: Readonly<Record<string, StoredStep>>;
  readonly signals: Readonly<Record<string, readonly Signal[]>>;
  readonly signalKeys: readonly string[];
}
