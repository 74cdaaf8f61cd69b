import type { DeletedRecord, JournalRecord } from '@precedent/tasks';
import type { TaskFacts } from '../facts.ts';
import { redactFacts } from '../redact/redact.ts';
import type { Deleted } from './deletions.ts';
import {
  decided,
  ended,
  kept,
  leased,
  preempted,
  preempting,
  requeued,
  settled,
  submitted,
} from './facts-of.ts';

/** What a batch of records has changed, redacted: it is written to a file. */
export interface StoryStep {
  /** Tasks that there is something new to tell of, as far as it goes now. */
  readonly told: readonly TaskFacts[];
  /** Of those that are not over: what must survive a restart. */
  readonly put: readonly (readonly [id: string, text: string])[];
  readonly drop: readonly string[];
  readonly deleted: readonly Deleted[];
}

/** Decisions whose victims may still be on their way out. */
const DECISIONS_MAX = 10_000;

/** Each open task's facts so far: a fold of the journal, like every other view of it. */
export class Stories {
  readonly #open: Map<string, TaskFacts>;
  readonly #changed = new Set<string>();
  /** Changed in a way that is told of later: a task may write a checkpoint every second. */
  readonly #counted = new Set<string>();
  readonly #over = new Map<string, TaskFacts>();
  #deleted: Deleted[] = [];
  /** Stories that ended in this batch. */
  readonly #gone = new Set<string>();
  /** Ids that the last batches left behind; others were never kept. */
  readonly #kept: Set<string>;
  /** Who takes the places, by decision: the latest. A restart forgets them, and no more than a name is lost. */
  readonly #preemptors = new Map<string, string>();

  constructor(kept: ReadonlyMap<string, string>) {
    this.#open = new Map([...kept].map(([id, text]) => [id, JSON.parse(text) as TaskFacts]));
    this.#kept = new Set(kept.keys());
  }

  /** Tasks that are not over. */
  get open(): number {
    return this.#open.size;
  }

  /** The same tasks, those that run first. */
  tasks(): readonly TaskFacts[] {
    const all = [...this.#open.values()];
    return [...all.filter(isRunning), ...all.filter((facts) => !isRunning(facts))];
  }

  apply(record: JournalRecord): void {
    if (record.kind === 'epoch' || record.kind === 'rejected') return;
    if (record.kind === 'submitted') return this.#keep(submitted(record));
    if (record.kind === 'decided') this.#remember(record.decision, record.id);
    if (record.kind === 'deleted') return this.#delete(record);
    const facts = this.#open.get(record.id);
    // Its beginning was purged before it could be read.
    if (facts === undefined) return;
    const next =
      record.kind === 'preempting' ? this.#leaving(facts, record.decision) : following(facts, record);
    if (next === facts) return;
    if (record.kind === 'kept') return this.#count(next);
    if (record.kind !== 'settled') return this.#keep(next);
    this.#open.delete(record.id);
    this.#changed.delete(record.id);
    this.#counted.delete(record.id);
    this.#over.set(record.id, next);
    this.#gone.add(record.id);
  }

  #remember(decision: string, preemptor: string): void {
    this.#preemptors.set(decision, preemptor);
    const [oldest] = this.#preemptors.keys();
    if (this.#preemptors.size > DECISIONS_MAX && oldest !== undefined) this.#preemptors.delete(oldest);
  }

  #leaving(facts: TaskFacts, decision: string): TaskFacts {
    return preempting(facts, this.#open.get(this.#preemptors.get(decision) ?? ''));
  }

  /** What has changed since the last call. */
  take(): StoryStep {
    const changed = [...this.#changed].flatMap((id) => this.#open.get(id) ?? []).map(redactFacts);
    const counted = [...this.#counted].flatMap((id) => this.#open.get(id) ?? []).map(redactFacts);
    const over = [...this.#over.values()].map(redactFacts);
    const drop = [...this.#gone].filter((id) => this.#kept.delete(id));
    for (const { id } of [...changed, ...counted]) this.#kept.add(id);
    this.#changed.clear();
    this.#counted.clear();
    this.#over.clear();
    this.#gone.clear();
    const deleted = this.#deleted;
    this.#deleted = [];
    return {
      told: [...changed, ...over],
      put: [...changed, ...counted].map((facts) => [facts.id, JSON.stringify(facts)]),
      drop,
      deleted,
    };
  }

  /** What was to be told of it is told no more. Where its end was purged before it could be read, the story is open still. */
  #delete({ id, namespace, at }: DeletedRecord): void {
    if (this.#over.get(id)?.namespace === namespace) this.#over.delete(id);
    if (this.#open.get(id)?.namespace === namespace) {
      this.#open.delete(id);
      this.#changed.delete(id);
      this.#counted.delete(id);
      this.#gone.add(id);
    }
    this.#deleted.push({ id, namespace, at });
  }

  #count(facts: TaskFacts): void {
    this.#open.set(facts.id, facts);
    if (!this.#changed.has(facts.id)) this.#counted.add(facts.id);
  }

  #keep(facts: TaskFacts): void {
    this.#open.set(facts.id, facts);
    this.#changed.add(facts.id);
    this.#counted.delete(facts.id);
  }
}

const isRunning = ({ attempts }: TaskFacts): boolean => {
  const last = attempts.at(-1);
  return last !== undefined && last.endedAt === undefined;
};

type Followed = Exclude<JournalRecord, { kind: 'epoch' | 'rejected' | 'submitted' | 'deleted' }>;

const following = (facts: TaskFacts, record: Followed): TaskFacts => {
  switch (record.kind) {
    case 'leased':
      return leased(facts, record);
    case 'requeued':
      return requeued(facts, record);
    case 'kept':
      return kept(facts, record);
    case 'preempted':
      return preempted(facts, record);
    case 'retrying':
      return ended(facts, { at: record.at, outcome: 'failed', error: record.error });
    case 'settled':
      return settled(facts, record);
    case 'decided':
      return decided(facts, record);
    default:
      return facts;
  }
};
