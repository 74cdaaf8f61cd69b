import type { SetAside } from '@precedent/contract-types';
import { isAppError } from '@precedent/kernel';
import type { EpochMs } from '@precedent/kernel';
import type { ErasableLog, IndexState, LogEntry } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import type { NoteFacts, ResolutionFacts } from '../documents/annotation-documents.ts';
import type { CollectionSet } from '../collections/collection-set.ts';
import type { Deleted } from './deletions.ts';
import { setAsideRedacted, writeEach } from './set-aside.ts';
import { noteDocument, resolutionDocument } from '../documents/annotation-documents.ts';

/** Notes and resolutions as they are stored. */
export type AnnotationFacts =
  | ({ readonly kind: 'note' } & NoteFacts)
  | ({ readonly kind: 'resolution' } & ResolutionFacts);

export interface NotesOptions {
  /** The log that stores annotations: the journal does not contain them. */
  readonly log: ErasableLog;
  readonly state: IndexState;
  readonly collections: Pick<CollectionSet, 'write' | 'check'>;
}

interface AnnotationPosition {
  readonly seq: number;
  /** When the annotation was written. */
  readonly at: EpochMs;
}

/** Another process may append at the same time. */
const APPEND_ATTEMPTS = 5;

/** Notes and resolutions: stored in a log of their own, and found through the index. */
export class Notes {
  readonly #o: NotesOptions;
  #indexed: number;
  #catchingUp: Promise<void> = Promise.resolve();
  /** Positions of the annotations of each task: read at the first deletion, and continued at the next ones. */
  readonly #positions = new Map<string, readonly AnnotationPosition[]>();
  #readTo = 0;

  constructor(options: NotesOptions) {
    this.#o = options;
    this.#indexed = options.state.notes;
  }

  /**
   * Resolves when the annotation is stored; `indexed` tells whether searches find it already. Rejects INVALID_REQUEST for a resolution
   * without evidence, and JOURNAL_UNAVAILABLE.
   */
  async add(facts: AnnotationFacts): Promise<{ readonly id: string; readonly indexed: boolean }> {
    const { id, seq } = await storeAnnotation(this.#o.log, facts);
    try {
      await this.catchUp();
    } catch {
      // The annotation is stored, and the next `catchUp` indexes it.
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
    for await (const { seq, text } of log.read(this.#readTo)) {
      const facts = parsedFacts(text);
      if (facts) this.#recordPosition(seq, facts);
      this.#readTo = seq;
    }
    for (const task of deleted) await this.#eraseOf(task);
  }

  /** Positions that could not be erased, because the log does not answer, stay for the next attempt. */
  async #eraseOf(task: Deleted): Promise<void> {
    const key = keyOf(task.namespace, task.id);
    const positions = this.#positions.get(key) ?? [];
    for (const { seq, at } of positions) if (at <= task.at) await this.#o.log.erase(seq);
    const left = positions.filter(({ at }) => at > task.at);
    if (left.length > 0) this.#positions.set(key, left);
    else this.#positions.delete(key);
  }

  #recordPosition(seq: number, facts: AnnotationFacts): void {
    const tasks = facts.kind === 'resolution' ? [facts.task] : (facts.sources ?? []);
    for (const task of new Set(tasks)) {
      const key = keyOf(facts.namespace, task);
      this.#positions.set(key, [...(this.#positions.get(key) ?? []), { seq, at: facts.at }]);
    }
  }

  /** Indexes the annotations that are not indexed yet. Rejects when the index or the model does not answer. */
  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchingUp.catch(() => undefined).then(() => this.#indexNew());
    return this.#catchingUp;
  }

  async #indexNew(): Promise<void> {
    const { log, state } = this.#o;
    for await (const entry of log.read(this.#indexed)) {
      state.save({ notes: entry.seq, aside: await this.#index(entry) });
      this.#indexed = entry.seq;
    }
  }

  /** An annotation that cannot be read, or is refused permanently, is set aside, so that the next ones are indexed. */
  async #index({ seq, text }: LogEntry): Promise<readonly SetAside[]> {
    const refused = (error: unknown): SetAside => setAsideRedacted(seq, `note ${seq}`, error);
    let document: SemanticDocument;
    try {
      document = documentOf(JSON.parse(text) as AnnotationFacts);
    } catch (error) {
      return [refused(error)];
    }
    return (await writeEach(this.#o.collections, [document])).map(({ error }) => refused(error));
  }
}

/** `undefined` for a text that `storeAnnotation` did not store. */
const parsedFacts = (text: string): AnnotationFacts | undefined => {
  try {
    const facts = JSON.parse(text) as AnnotationFacts | null;
    return facts?.namespace === undefined ? undefined : facts;
  } catch {
    return undefined;
  }
};

/** Stores an annotation, also while no index is open: the next `catchUp` indexes it. Rejects as `add` does. */
export const storeAnnotation = async (
  log: ErasableLog,
  facts: AnnotationFacts,
): Promise<{ readonly id: string; readonly seq: number }> => {
  const { id } = documentOf(facts);
  for (let attempt = 1; ; attempt++) {
    try {
      return { id, seq: await log.append(JSON.stringify(facts), await log.last()) };
    } catch (error) {
      if (attempt === APPEND_ATTEMPTS || !isAppError(error) || error.code !== 'JOURNAL_FENCED') throw error;
    }
  }
};

const keyOf = (namespace: string, task: string): string => JSON.stringify([namespace, task]);

const documentOf = (facts: AnnotationFacts): SemanticDocument =>
  facts.kind === 'note' ? noteDocument(facts) : resolutionDocument(facts);
