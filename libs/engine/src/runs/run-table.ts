import type { WorkflowSpec } from '@precedent/contract-types';
import { ChurnMap } from '@precedent/kernel';
import {
  RunState,
  applyReused,
  applyRunFact,
  endedOf,
  stepTaskEnded,
  stepTaskStarted,
} from '@precedent/orchestration';
import type { RunFact } from '@precedent/orchestration';
import { isSettled } from '@precedent/tasks';
import type { RunRecord, SnapshotEntry, TaskRow } from '@precedent/tasks';
import type { DefinitionTable } from '../definitions/definition-table.ts';

type RunsEntry = Extract<SnapshotEntry, { kind: 'runs' }>;

/** The runs of workflows that the engine knows, with their steps: the fold of their facts and of the records of their tasks. */
export class RunTable {
  readonly runs = new ChurnMap<string, RunState>();
  readonly #definitions: DefinitionTable;
  /** The journal sequence up to which a run from the snapshot is current, and that of the record that is folded; 0 while the engine writes. */
  readonly #asOf = new Map<string, number>();
  #seq = 0;

  constructor(definitions: DefinitionTable) {
    this.#definitions = definitions;
  }

  get(id: string): RunState | undefined {
    return this.runs.get(id);
  }

  /** What is folded from now on is of this journal sequence. */
  replaying(seq: number): void {
    this.#seq = seq;
  }

  /** The recovery is over: what comes now is new. */
  recovered(): void {
    this.#seq = 0;
    this.#asOf.clear();
  }

  load({ asOf, definitions, runs }: RunsEntry): void {
    for (const [id, index, stored] of runs) {
      const definition = definitions[index];
      if (definition === undefined) continue;
      this.runs.set(id, RunState.restored({ ...stored, definition }));
      this.#asOf.set(id, asOf);
    }
  }

  apply({ id, at, fact }: RunRecord, row: TaskRow | undefined): void {
    if (this.#isSeen(id)) return;
    if (fact.type === 'begun') {
      const definition = row && this.definitionOf(fact, row.class.namespace);
      if (definition === undefined) return;
      const run = new RunState(definition, fact);
      run.rerunOf = fact.rerunOf;
      applyReused(run, fact, at);
      this.runs.set(id, run);
      return;
    }
    const run = this.runs.get(id);
    if (run) applyRunFact(run, fact, at);
  }

  /** The definition that a run begins with: its own, or the registered one as it is now. */
  definitionOf(
    { definition, workflow }: Pick<Extract<RunFact, { type: 'begun' }>, 'definition' | 'workflow'>,
    namespace: string,
  ): WorkflowSpec | undefined {
    if (definition !== undefined) return definition;
    const found = workflow && this.#definitions.get('workflow', namespace, workflow.name);
    return found?.spec as WorkflowSpec | undefined;
  }

  /** A task of a step was accepted. */
  started({ step }: TaskRow): void {
    const run = step && this.#openOf(step.run);
    if (run && step) stepTaskStarted(run, step);
  }

  /** A task of a step has its verdict. */
  ended({ step, state, run: { result, error, settledAt } }: TaskRow): void {
    const run = step && this.#openOf(step.run);
    if (run === undefined || step === undefined || !isSettled(state)) return;
    stepTaskEnded(run, step, { ...endedOf(state, { result, error }), problem: error, at: settledAt ?? 0 });
  }

  /** The task of a run is gone. */
  forget(id: string): void {
    this.runs.delete(id);
  }

  #openOf(id: string): RunState | undefined {
    return this.#isSeen(id) ? undefined : this.runs.get(id);
  }

  #isSeen(id: string): boolean {
    return this.#seq > 0 && this.#seq <= (this.#asOf.get(id) ?? 0);
  }
}
