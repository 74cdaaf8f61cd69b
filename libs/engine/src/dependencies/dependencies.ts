import type { Dependency } from '@precedent/contract-types';
import { isOpenEdge } from '@precedent/orchestration';
import type { Ended } from '@precedent/orchestration';
import { isSettled } from '@precedent/tasks';
import type { TaskMachineEvent, TaskRow } from '@precedent/tasks';
import type { BaseParts } from '../cell/base-parts.ts';
import { Dependants } from './dependants.ts';
import { edgeEvents, endOf } from './edge-event.ts';
import { Expectations } from './expectations.ts';
import { joinedOf, openDependencies } from './joined.ts';

/** The end of a task that a waiting task depends on; `undefined`: it never came. */
interface Decision {
  readonly row: TaskRow;
  readonly id: string;
  readonly ended: Ended | undefined;
}

/** Decisions of one turn, at most: then other input comes first. The rest follows in the next turns. */
const DECISIONS_PER_TURN = 64;

/** Between two tries to reach the history. Milliseconds. */
const LOOKUP_MS = 5_000;

const NONE: ReadonlyMap<string, Ended> = new Map();

type Drive = (row: TaskRow, event: TaskMachineEvent) => void;

export type DependenciesParts = Pick<BaseParts, 'clock' | 'state' | 'archive' | 'conditions'> & {
  readonly requestTurn: () => void;
};

/**
 * Decides the dependencies of waiting tasks when the tasks that they name have their verdicts. The verdict and what follows from it are in
 * one journal entry, or in the next ones where many tasks depend on one: an engine that recovers decides what is left.
 */
export class Dependencies {
  readonly #parts: DependenciesParts;
  readonly #dependants = new Dependants();
  readonly #expectations: Expectations;
  #decisions: Decision[] = [];
  #archived: ReadonlyMap<string, Ended> = NONE;
  #closed = false;

  constructor(parts: DependenciesParts) {
    this.#parts = parts;
    this.#expectations = new Expectations(parts.clock, ({ row, id }) => this.#missed(row, id));
  }

  /** The waiting tasks that depend on a task. */
  dependantsOf(id: string): readonly TaskRow[] {
    return this.#dependants.of(id);
  }

  /** Watches what a waiting task depends on, after its submission or a recovery. */
  adopt(row: TaskRow): void {
    for (const { task, expect } of openDependencies(row)) this.#watch(row, task, expect);
  }

  #watch(row: TaskRow, id: string, expect: Dependency['expect']): void {
    const other = this.#find(row, id);
    const ended = other === undefined ? this.#archived.get(id) : isSettled(other.state) && endOf(other);
    if (ended) return this.#decide({ row, id, ended });
    this.#dependants.add(id, row);
    if (other !== undefined) return;
    const isForgotten = expect === undefined || this.#parts.state.table.wasSettled(id);
    if (isForgotten) this.#lookUp(row, id);
    else this.#expectations.add(row, id, row.submittedAt + expect);
  }

  /** Calls `accept` with the verdicts of tasks that the engine has forgotten: the tasks that it accepts may depend on them. */
  withArchived<T>(archived: ReadonlyMap<string, Ended>, accept: () => T): T {
    this.#archived = archived;
    try {
      return accept();
    } finally {
      this.#archived = NONE;
    }
  }

  /** How a task ended that the engine has forgotten, if that was looked up for the present submission. */
  archived(id: string): Ended | undefined {
    return this.#archived.get(id);
  }

  /** The engine forgot the task before it had decided this dependency, and then it recovered. */
  #lookUp(row: TaskRow, id: string): void {
    const { archive, clock } = this.#parts;
    const again = (): void => this.#lookUp(row, id);
    if (row.state !== 'waiting' || this.#closed) return;
    if (archive === undefined) return this.#decide({ row, id, ended: undefined });
    void archive.verdicts(row.class.namespace, [id]).then(
      (found) => this.#decide({ row, id, ended: found.get(id) }),
      () => clock.wakeAt(clock.now() + LOOKUP_MS, again),
    );
  }

  /** A task has its verdict. */
  settled(row: TaskRow): void {
    const dependants = this.#dependants.take(row.id);
    if (dependants.length === 0) return;
    const ended = endOf(row);
    for (const dependant of dependants)
      if (dependant.class.namespace === row.class.namespace)
        this.#decide({ row: dependant, id: row.id, ended });
  }

  /** A task waits no more. */
  left(row: TaskRow): void {
    this.#expectations.remove(row);
    for (const { task } of joinedOf(row).dependsOn) this.#dependants.remove(task, row);
  }

  /** Carries out what was decided; called once a turn. Requests another turn for the rest. */
  carryOut(drive: Drive): void {
    // A task that is skipped is a decision for its own dependants.
    for (let left = DECISIONS_PER_TURN; left > 0 && this.#decisions.length > 0;) {
      const decisions = this.#decisions.splice(0, left);
      left -= decisions.length;
      for (const decision of decisions) this.#carryOut(decision, drive);
    }
    if (this.#decisions.length > 0) this.#parts.requestTurn();
  }

  #carryOut({ row, id, ended }: Decision, drive: Drive): void {
    const { clock, conditions } = this.#parts;
    const context = { at: clock.now(), ended, conditions };
    const { dependsOn } = joinedOf(row);
    for (const [edge, { task }] of dependsOn.entries()) {
      // It may have been cancelled meanwhile, or an earlier dependency decided it.
      if (row.state !== 'waiting') return;
      if (task !== id || !isOpenEdge(row.run.edges ?? '', edge)) continue;
      for (const event of edgeEvents(row, edge, context)) drive(row, event);
    }
  }

  close(): void {
    this.#closed = true;
    this.#expectations.stop();
  }

  #missed(row: TaskRow, id: string): void {
    if (row.state === 'waiting' && this.#find(row, id) === undefined)
      this.#decide({ row, id, ended: undefined });
  }

  #decide(decision: Decision): void {
    this.#decisions.push(decision);
    this.#parts.requestTurn();
  }

  /** A dependency is a task of the same namespace. */
  #find({ class: { namespace } }: TaskRow, id: string): TaskRow | undefined {
    const row = this.#parts.state.table.get(id);
    return row?.class.namespace === namespace ? row : undefined;
  }
}
