import type { SetAside } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { ErasableLog, IndexState, LogEntry } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import type { NoteFacts, ResolutionFacts } from '../documents/annotation-documents.ts';
import type { CollectionSet } from '../collections/collection-set.ts';
import type { Deleted } from './deletions.ts';
import { setAside, writeEach } from './set-aside.ts';
import { noteDocument, resolutionDocument } from '../documents/annotation-documents.ts';

/** Notes and resolutions as they are stored. */
export type AnnotationFacts =
  | ({ readonly kind: 'note' } & NoteFacts)
  | ({ readonly kind: 'resolution' } & ResolutionFacts);

export interface NotesOptions {
  /** Where they are stored: the journal does not contain them. */
  readonly log: ErasableLog;
  readonly state: IndexState;
  readonly collections: Pick<CollectionSet, 'write' | 'check'>;
}

interface Place {
  readonly seq: number;
  /** When it was written. */
  readonly at: EpochMs;
}

/** Another process may write at the same time. */
const TRIES = 5;

/** Notes and resolutions: stored in a log of their own, and found through the index. */
export class Notes {
  readonly #o: NotesOptions;
  #indexed: number;
  #catchingUp: Promise<void> = Promise.resolve();
  /** Positions of the annotations of each task: filled at the first deletion, and continued at the next ones. */
  readonly #places = new Map<string, readonly Place[]>();
  #placed = 0;

  constructor(options: NotesOptions) {
    this.#o = options;
    this.#indexed = options.state.notes;
  }

  /**
   * Resolves when it is kept, and says whether it is found already. Rejects INVALID_REQUEST for a resolution without evidence, and
   * JOURNAL_UNAVAILABLE.
   */
  async add(facts: AnnotationFacts): Promise<{ readonly id: string; readonly indexed: boolean }> {
    const { id, seq } = await keepNote(this.#o.log, facts);
    try {
      await this.catchUp();
    } catch {
      // It is kept, and the next one that catches up finds it.
    }
    return { id, indexed: this.#indexed >= seq };
  }

  /** Erases the annotations of deleted tasks up to their deletion. Rejects JOURNAL_UNAVAILABLE. */
  erase(deleted: readonly Deleted[]): Promise<void> {
    const erasing = this.#catchingUp.catch(() => undefined).then(() => this.#eraseAll(deleted));
    this.#catchingUp = erasing;
    return erasing;
  }

  async #eraseAll(deleted: readonly Deleted[]): Promise<void> {
    const { log } = this.#o;
    for await (const { seq, text } of log.read(this.#placed)) {
      const facts = factsIn(text);
      if (facts) this.#place(seq, facts);
      this.#placed = seq;
    }
    for (const task of deleted) await this.#eraseOf(task);
  }

  /** What is not erased, because the log does not answer, is found by the next try. */
  async #eraseOf(task: Deleted): Promise<void> {
    const key = keyOf(task.namespace, task.id);
    const told = this.#places.get(key) ?? [];
    for (const { seq, at } of told) if (at <= task.at) await this.#o.log.erase(seq);
    const left = told.filter(({ at }) => at > task.at);
    if (left.length > 0) this.#places.set(key, left);
    else this.#places.delete(key);
  }

  #place(seq: number, facts: AnnotationFacts): void {
    const tasks = facts.kind === 'resolution' ? [facts.task] : (facts.sources ?? []);
    for (const task of new Set(tasks)) {
      const key = keyOf(facts.namespace, task);
      this.#places.set(key, [...(this.#places.get(key) ?? []), { seq, at: facts.at }]);
    }
  }

  /** Indexes what was not. Rejects when the index or the model does not answer. */
  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchingUp.catch(() => undefined).then(() => this.#readOn());
    return this.#catchingUp;
  }

  async #readOn(): Promise<void> {
    const { log, state } = this.#o;
    for await (const entry of log.read(this.#indexed)) {
      state.save({ notes: entry.seq, aside: await this.#index(entry) });
      this.#indexed = entry.seq;
    }
  }

  /** What cannot be read, or is refused for good, is set aside: the next ones must not wait for it. */
  async #index({ seq, text }: LogEntry): Promise<readonly SetAside[]> {
    const aside = (error: unknown): SetAside => setAside(seq, `note ${seq}`, error);
    let document: SemanticDocument;
    try {
      document = documentOf(JSON.parse(text) as AnnotationFacts);
    } catch (error) {
      return [aside(error)];
    }
    return (await writeEach(this.#o.collections, [document])).map(({ error }) => aside(error));
  }
}

/** `undefined`: nothing that was kept by `keepNote`. */
const factsIn = (text: string): AnnotationFacts | undefined => {
  try {
    const facts = JSON.parse(text) as AnnotationFacts | null;
    return facts?.namespace === undefined ? undefined : facts;
  } catch {
    return undefined;
  }
};

/** Stores an annotation, also while there is no index: the next `catchUp` indexes it. Rejects as `add` does. */
export const keepNote = async (
  log: ErasableLog,
  facts: AnnotationFacts,
): Promise<{ readonly id: string; readonly seq: number }> => {
  const { id } = documentOf(facts);
  for (let attempt = 1; ; attempt++) {
    try {
      return { id, seq: await log.append(JSON.stringify(facts), await log.last()) };
    } catch (error) {
      if (attempt === TRIES || !isAppError(error) || error.code !== 'JOURNAL_FENCED') throw error;
    }
  }
};

const keyOf = (namespace: string, task: string): string => JSON.stringify([namespace, task]);

const documentOf = (facts: AnnotationFacts): SemanticDocument =>
  facts.kind === 'note' ? noteDocument(facts) : resolutionDocument(facts);
