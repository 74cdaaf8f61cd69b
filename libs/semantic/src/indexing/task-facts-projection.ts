import { NO_ATTEMPT, attemptAfter } from '@precedent/tasks';
import type { Attempt, ChangeRecord, DeletedRecord, JournalRecord } from '@precedent/tasks';
import type { TaskFacts } from '../facts.ts';
import { redactFacts } from '../redact/redact.ts';
import type { Deleted } from './deletions.ts';
import { decided, factsAfter, preempting, submitted } from './facts-of.ts';
import { openTaskFactsOf, storedTextOf } from './open-task-facts.ts';
import type { OpenTaskFacts } from './open-task-facts.ts';

/** What a batch of records has changed. The facts are redacted: they are written to a file. */
export interface ProjectionBatch {
  /** Tasks whose documents are new or different. */
  readonly changed: readonly TaskFacts[];
  /** Open tasks that must survive a restart. */
  readonly put: readonly (readonly [id: string, text: string])[];
  readonly drop: readonly string[];
  readonly deleted: readonly Deleted[];
}

/** Decisions whose victims may still be on their way out. */
const DECISIONS_MAX = 10_000;

/** The facts of each open task so far: a fold of the journal, with the fold of attempts that every reader uses. */
export class TaskFactsProjection {
  readonly #open: Map<string, OpenTaskFacts>;
  readonly #changed = new Set<string>();
  /** Changed in a way that no document says yet: a task may write a checkpoint every second. */
  readonly #counted = new Set<string>();
  readonly #over = new Map<string, TaskFacts>();
  #deleted: Deleted[] = [];
  /** Open tasks that ended in this batch. */
  readonly #gone = new Set<string>();
  /** Ids that earlier batches have put; others were never stored. */
  readonly #stored: Set<string>;
  /** The task that takes the slots, by decision: the latest. A restart forgets them, and no more than a name is lost. */
  readonly #preemptors = new Map<string, string>();

  /** `stored`: what earlier batches have put and not dropped. Throws DATA_TOO_NEW for a text of a later version. */
  constructor(stored: ReadonlyMap<string, string>) {
    this.#open = new Map([...stored].map(([id, text]) => [id, openTaskFactsOf(text)]));
    this.#stored = new Set(stored.keys());
  }

  /** Tasks that are not over. */
  get open(): number {
    return this.#open.size;
  }

  /** The facts of the same tasks, those that run first. */
  tasks(): readonly TaskFacts[] {
    const all = [...this.#open.values()].map(({ facts }) => facts);
    return [...all.filter(isRunning), ...all.filter((facts) => !isRunning(facts))];
  }

  apply(record: JournalRecord): void {
    switch (record.kind) {
      case 'epoch':
      case 'rejected':
        return;
      case 'submitted':
        return this.#keep({ facts: submitted(record), attempt: NO_ATTEMPT });
      case 'deleted':
        return this.#delete(record);
      case 'decided': {
        this.#remember(record.decision, record.id);
        const open = this.#open.get(record.id);
        const facts = open && decided(open.facts, record);
        if (open && facts && facts !== open.facts) this.#keep({ ...open, facts });
        return;
      }
      case 'leased':
      case 'stopping':
      case 'requeued':
      case 'retrying':
      case 'due':
      case 'settled':
      case 'preempting':
      case 'spared':
      case 'preempted':
      case 'suspended':
      case 'resumed':
      case 'kept':
        return this.#change(record);
    }
  }

  #change(record: ChangeRecord): void {
    const open = this.#open.get(record.id);
    // Its beginning was purged before it could be read.
    if (open === undefined) return;
    const attempt = attemptAfter(open.attempt, record);
    const facts = this.#factsAfter(open, attempt, record);
    if (record.kind === 'settled') return this.#end(facts);
    if (facts !== open.facts && !isCounted(record)) this.#keep({ facts, attempt });
    else if (attempt !== open.attempt) this.#count({ facts, attempt });
  }

  #factsAfter({ facts, attempt: before }: OpenTaskFacts, after: Attempt, record: ChangeRecord): TaskFacts {
    if (record.kind !== 'preempting') return factsAfter(facts, { before, after }, record);
    return preempting(facts, this.#open.get(this.#preemptors.get(record.decision) ?? '')?.facts);
  }

  #end(facts: TaskFacts): void {
    const { id } = facts;
    this.#open.delete(id);
    this.#changed.delete(id);
    this.#counted.delete(id);
    this.#over.set(id, facts);
    this.#gone.add(id);
  }

  #remember(decision: string, preemptor: string): void {
    this.#preemptors.set(decision, preemptor);
    const [oldest] = this.#preemptors.keys();
    if (this.#preemptors.size > DECISIONS_MAX && oldest !== undefined) this.#preemptors.delete(oldest);
  }

  /** What has changed since the last call. */
  take(): ProjectionBatch {
    const changed = this.#redacted(this.#changed);
    const counted = this.#redacted(this.#counted);
    const over = [...this.#over.values()].map(redactFacts);
    const drop = [...this.#gone].filter((id) => this.#stored.delete(id));
    const put = [...changed, ...counted].map((task) => [task.facts.id, storedTextOf(task)] as const);
    for (const [id] of put) this.#stored.add(id);
    for (const ids of [this.#changed, this.#counted, this.#over, this.#gone]) ids.clear();
    const deleted = this.#deleted;
    this.#deleted = [];
    return { changed: [...changed.map(({ facts }) => facts), ...over], put, drop, deleted };
  }

  #redacted(ids: ReadonlySet<string>): readonly OpenTaskFacts[] {
    const open = [...ids].flatMap((id) => this.#open.get(id) ?? []);
    return open.map(({ facts, attempt }) => ({ facts: redactFacts(facts), attempt }));
  }

  /** Removes what was still to be indexed of the task. Where its end was purged before it could be read, the task is open still. */
  #delete({ id, namespace, at }: DeletedRecord): void {
    if (this.#over.get(id)?.namespace === namespace) this.#over.delete(id);
    if (this.#open.get(id)?.facts.namespace === namespace) {
      this.#open.delete(id);
      this.#changed.delete(id);
      this.#counted.delete(id);
      this.#gone.add(id);
    }
    this.#deleted.push({ id, namespace, at });
  }

  #count(task: OpenTaskFacts): void {
    const { id } = task.facts;
    this.#open.set(id, task);
    if (!this.#changed.has(id)) this.#counted.add(id);
  }

  #keep(task: OpenTaskFacts): void {
    const { id } = task.facts;
    this.#open.set(id, task);
    this.#changed.add(id);
    this.#counted.delete(id);
  }
}

/** Records that change facts of which no document is made before the next end. */
const isCounted = ({ kind }: ChangeRecord): boolean =>
  kind === 'kept' || kind === 'spared' || kind === 'resumed' || kind === 'stopping';

const isRunning = ({ attempts }: TaskFacts): boolean => {
  const last = attempts.at(-1);
  return last !== undefined && last.endedAt === undefined;
};
