import { isAppError } from '@precedent/kernel';
import type { ErasableLog, IndexState } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import type { NoteFacts, ResolutionFacts } from '../documents/told-documents.ts';
import type { Deleted } from './deletions.ts';
import { noteDocument, resolutionDocument } from '../documents/told-documents.ts';

/** What notes and resolutions are made of, as they are kept. */
export type ToldFacts =
  | ({ readonly kind: 'note' } & NoteFacts)
  | ({ readonly kind: 'resolution' } & ResolutionFacts);

export interface NotesOptions {
  /** Where they are kept for good: no journal tells of them. */
  readonly log: ErasableLog;
  readonly state: IndexState;
  /** Puts documents into the index. */
  readonly index: (documents: readonly SemanticDocument[]) => Promise<void>;
}

/** Somebody else may write at the same moment. */
const TRIES = 5;

/** Notes and resolutions: kept in a log of their own, and found through the index. */
export class Notes {
  readonly #o: NotesOptions;
  #indexed: number;
  #catchingUp: Promise<void> = Promise.resolve();

  constructor(options: NotesOptions) {
    this.#o = options;
    this.#indexed = options.state.notes;
  }

  /**
   * Resolves when it is kept, and says whether it is found already. Rejects INVALID_REQUEST for a resolution without evidence, and
   * JOURNAL_UNAVAILABLE.
   */
  async add(facts: ToldFacts): Promise<{ readonly id: string; readonly indexed: boolean }> {
    const { id, seq } = await keepNote(this.#o.log, facts);
    try {
      await this.catchUp();
    } catch {
      // It is kept, and the next one that catches up finds it.
    }
    return { id, indexed: this.#indexed >= seq };
  }

  /** Erases what was told of deleted tasks, up to their deletion. Rejects JOURNAL_UNAVAILABLE. */
  erase(deleted: readonly Deleted[]): Promise<void> {
    const erasing = this.#catchingUp.catch(() => undefined).then(() => this.#eraseAll(deleted));
    this.#catchingUp = erasing;
    return erasing;
  }

  async #eraseAll(deleted: readonly Deleted[]): Promise<void> {
    const { log } = this.#o;
    for await (const { seq, text } of log.read(0)) {
      const facts = JSON.parse(text) as ToldFacts;
      if (deleted.some((task) => isOf(task, facts))) await log.erase(seq);
    }
  }

  /** Indexes what was not. Rejects when the index or the model does not answer. */
  catchUp(): Promise<void> {
    this.#catchingUp = this.#catchingUp.catch(() => undefined).then(() => this.#readOn());
    return this.#catchingUp;
  }

  async #readOn(): Promise<void> {
    const { log, state, index } = this.#o;
    for await (const { seq, text } of log.read(this.#indexed)) {
      await index([documentOf(JSON.parse(text) as ToldFacts)]);
      state.save({ notes: seq });
      this.#indexed = seq;
    }
  }
}

/** Keeps what was told, also while there is no index: whoever catches up indexes it. Rejects as `add` does. */
export const keepNote = async (
  log: ErasableLog,
  facts: ToldFacts,
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

const isOf = ({ id, namespace, at }: Deleted, facts: ToldFacts): boolean => {
  if (facts.namespace !== namespace || facts.at > at) return false;
  return facts.kind === 'resolution' ? facts.task === id : (facts.sources ?? []).includes(id);
};

const documentOf = (facts: ToldFacts): SemanticDocument =>
  facts.kind === 'note' ? noteDocument(facts) : resolutionDocument(facts);
