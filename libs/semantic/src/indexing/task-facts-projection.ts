import { NO_ATTEMPT, attemptAfter, begunBy } from '@precedent/tasks';
import type { Attempt, ChangeRecord, DeletedRecord, JournalRecord } from '@precedent/tasks';
import type { TaskFacts } from '../facts.ts';
import { redactFacts } from '../redact/redact.ts';
import type { Deleted } from './deletions.ts';
import { decided, factsAfter, preempting, submitted } from './facts-of.ts';
import { OpenDocuments } from './open-documents.ts';
import { openTaskFactsOf, storedTextOf } from './open-task-facts.ts';
import type { OpenTaskFacts } from './open-task-facts.ts';

/** The changes of a batch of records. The facts are redacted, because they are written to a file. */
export interface ProjectionBatch {
  /** Tasks whose documents are new or different. */
  readonly changed: readonly TaskFacts[];
  /** Open ones of them that have no documents: there are enough of their spec. */
  readonly hidden: ReadonlySet<string>;
  /** Tasks that are over, and have documents that earlier batches wrote while they were open. */
  readonly written: ReadonlySet<string>;
  /** Open tasks that must survive a restart. */
  readonly put: readonly (readonly [id: string, text: string])[];
  readonly drop: readonly string[];
  readonly deleted: readonly Deleted[];
}

/** The most decisions whose preemptor is remembered for victims that have not ended yet. */
const DECISIONS_MAX = 10_000;

/** Folds the journal into the facts of each open task, with the fold of attempts that every reader uses. */
export class TaskFactsProjection {
  /** The records that follow may have been read before, by a run that was interrupted: it may have shown tasks that are hidden now. */
  isReplay = false;
  readonly #open: Map<string, OpenTaskFacts>;
  readonly #changed = new Set<string>();
  /** Changed in a way that no document shows yet, such as by a checkpoint, which a task may write every second. */
  readonly #counted = new Set<string>();
  readonly #settled = new Map<string, TaskFacts>();
  #deleted: Deleted[] = [];
  /** Tasks that this batch closed: settled or deleted ones. */
  readonly #closed = new Set<string>();
  /** Those of them that may have documents. */
  readonly #shown = new Set<string>();
  readonly #documents: OpenDocuments;
  /** Ids of tasks that earlier batches have stored. */
  readonly #stored: Set<string>;
  /** The preemptor of each decision, for the latest decisions. Not stored: after a restart a victim lacks its preemptor's name. */
  readonly #preemptors = new Map<string, string>();

  /** `stored` are the open tasks that earlier batches have stored, `openMax` those of a spec that have documents. Throws DATA_TOO_NEW for a text of a later version. */
  constructor(stored: ReadonlyMap<string, string>, openMax?: number) {
    this.#open = new Map([...stored].map(([id, text]) => [id, openTaskFactsOf(text)]));
    this.#documents = new OpenDocuments(this.#open.values(), openMax);
    this.#stored = new Set(stored.keys());
  }

  /** The number of open tasks. */
  get open(): number {
    return this.#open.size;
  }

  /** The facts of the open tasks, running tasks first. */
  tasks(): readonly TaskFacts[] {
    const all = [...this.#open.values()].map(({ facts }) => facts);
    return [...all.filter(isRunning), ...all.filter((facts) => !isRunning(facts))];
  }

  /** The facts of an open task, redacted. */
  task(id: string): TaskFacts | undefined {
    const open = this.#open.get(id);
    return open && redactFacts(open.facts);
  }

  apply(record: JournalRecord): void {
    switch (record.kind) {
      case 'epoch':
      case 'definition':
      case 'rejected':
      // The tasks of its steps have documents, and its own task.
      case 'run':
        return;
      case 'submitted':
        return this.#setChanged({ ...this.#replayed, facts: submitted(record), attempt: NO_ATTEMPT });
      case 'deleted':
        return this.#delete(record);
      case 'decided': {
        this.#rememberPreemptor(record.decision, record.id);
        const open = this.#open.get(record.id);
        const facts = open && decided(open.facts, record);
        if (open && facts && facts !== open.facts) this.#setChanged({ ...open, facts });
        return;
      }
      case 'edge':
      case 'ready':
      case 'rebanded':
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
    // The beginning of the task was purged before it could be read.
    if (open === undefined) return;
    const attempt = attemptAfter(open.attempt, record);
    const facts = this.#factsAfter(open, attempt, record);
    if (record.kind === 'settled') return this.#end(open, facts);
    if (facts !== open.facts && !isCounted(record)) this.#setChanged({ ...open, facts, attempt });
    else if (attempt !== open.attempt) this.#setCounted({ ...open, facts, attempt });
  }

  #factsAfter({ facts, attempt }: OpenTaskFacts, after: Attempt, record: ChangeRecord): TaskFacts {
    const before = begunBy(attempt, record);
    if (record.kind !== 'preempting') return factsAfter(facts, { before, after }, record);
    return preempting(facts, this.#open.get(this.#preemptors.get(record.decision) ?? '')?.facts);
  }

  #end(open: OpenTaskFacts, facts: TaskFacts): void {
    this.#close(open);
    this.#settled.set(facts.id, facts);
  }

  #close(open: OpenTaskFacts): void {
    const { id } = open.facts;
    this.#open.delete(id);
    this.#changed.delete(id);
    this.#counted.delete(id);
    this.#closed.add(id);
    this.#documents.end(open);
    if (open.shownAs !== false || open.isReplayed) this.#shown.add(id);
  }

  get #replayed(): Pick<OpenTaskFacts, 'isReplayed'> {
    return this.isReplay ? { isReplayed: true } : {};
  }

  #rememberPreemptor(decision: string, preemptor: string): void {
    this.#preemptors.set(decision, preemptor);
    const [oldest] = this.#preemptors.keys();
    if (this.#preemptors.size > DECISIONS_MAX && oldest !== undefined) this.#preemptors.delete(oldest);
  }

  /** The changes since the last call. */
  take(): ProjectionBatch {
    const changed = this.#redacted(this.#changed);
    const counted = this.#redacted(this.#counted);
    const settled = [...this.#settled.values()].map(redactFacts);
    const drop = [...this.#closed].filter((id) => this.#stored.delete(id));
    const put = [...changed, ...counted].map((task) => [task.facts.id, storedTextOf(task)] as const);
    for (const [id] of put) this.#stored.add(id);
    const written = new Set(drop.filter((id) => this.#shown.has(id)));
    const hidden = new Set(changed.flatMap(({ facts, shownAs }) => (shownAs === false ? [facts.id] : [])));
    for (const ids of [this.#changed, this.#counted, this.#settled, this.#closed, this.#shown]) ids.clear();
    const deleted = this.#deleted;
    this.#deleted = [];
    return {
      changed: [...changed.map(({ facts }) => facts), ...settled],
      hidden,
      written,
      put,
      drop,
      deleted,
    };
  }

  #redacted(ids: ReadonlySet<string>): readonly OpenTaskFacts[] {
    const open = [...ids].flatMap((id) => this.#open.get(id) ?? []);
    return open.map((task) => {
      const facts = redactFacts(task.facts);
      const shownAs = this.#documents.shownAs(task, facts, this.#stored.has(facts.id));
      if (shownAs !== task.shownAs) this.#open.set(facts.id, { ...task, shownAs });
      return { ...task, facts, shownAs };
    });
  }

  /** Drops changes of the task that are not indexed yet. The task may still be open here when its end was purged. */
  #delete({ id, namespace, at }: DeletedRecord): void {
    if (this.#settled.get(id)?.namespace === namespace) this.#settled.delete(id);
    const open = this.#open.get(id);
    if (open?.facts.namespace === namespace) this.#close(open);
    this.#deleted.push({ id, namespace, at });
  }

  #setCounted(task: OpenTaskFacts): void {
    const { id } = task.facts;
    this.#open.set(id, task);
    if (!this.#changed.has(id)) this.#counted.add(id);
  }

  #setChanged(task: OpenTaskFacts): void {
    const { id } = task.facts;
    this.#open.set(id, task);
    this.#changed.add(id);
    this.#counted.delete(id);
  }
}

/** Whether a record changes only facts that appear in a document at the attempt's end. */
const isCounted = ({ kind }: ChangeRecord): boolean =>
  kind === 'kept' || kind === 'spared' || kind === 'resumed' || kind === 'stopping';

const isRunning = ({ attempts }: TaskFacts): boolean => {
  const last = attempts.at(-1);
  return last !== undefined && last.endedAt === undefined;
};
