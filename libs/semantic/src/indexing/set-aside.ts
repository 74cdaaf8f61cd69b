import type { SetAside } from '@precedent/contract-types';
import { isAppError, isOutage } from '@precedent/kernel';
import { setAside } from '@precedent/ports';
import type { LogEntry } from '@precedent/ports';
import { readEnvelope } from '@precedent/tasks';
import type { JournalRecord } from '@precedent/tasks';
import type { SemanticDocument } from '../documents/document.ts';
import { redactText } from '../redact/redact.ts';
import type { CollectionSet } from '../collections/collection-set.ts';

/** Redacted, because the message of an error may quote what was refused. */
export const setAsideRedacted = (seq: number, subject: string, error: unknown): SetAside =>
  setAside({ seq, subject, error }, redactText);
/** Errors of the journal or the stored state as a whole, and not of a single entry. */
const NOT_OF_THE_ENTRY: ReadonlySet<string> = new Set(['JOURNAL_GAP', 'DATA_TOO_NEW']);
/** The collection is missing, or is being created: not the fault of a document. */
const OF_THE_COLLECTION: ReadonlySet<unknown> = new Set([404, 409]);

/** Whether the same entry or document would be refused at every attempt. */
export const isPermanentRefusal = (error: unknown): boolean =>
  !isAppError(error) ||
  (!isOutage(error) &&
    !NOT_OF_THE_ENTRY.has(error.code) &&
    !OF_THE_COLLECTION.has(error.extras.details?.['status']));

export interface Folded {
  readonly aside: readonly SetAside[];
  /** The sequence of the last entry with a record of the task, by its id. */
  readonly seqOf: ReadonlyMap<string, number>;
}

/** What is set aside of a batch of entries. */
export class AsideList {
  readonly all: SetAside[];
  readonly #seqOf: Folded['seqOf'];

  constructor({ aside, seqOf }: Folded) {
    this.all = [...aside];
    this.#seqOf = seqOf;
  }

  add(task: string, subject: string, error: unknown): void {
    this.all.push(setAsideRedacted(this.#seqOf.get(task) ?? 0, subject, error));
  }
}

/** Applies every record in order. Records for which `apply` throws, and entries that cannot be read, are set aside. */
export const foldEach = (entries: readonly LogEntry[], apply: (record: JournalRecord) => void): Folded => {
  const aside: SetAside[] = [];
  const seqOf = new Map<string, number>();
  const setAsideOnError = (seq: number, subject: string, step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (!isPermanentRefusal(error)) throw error;
      aside.push(setAsideRedacted(seq, subject, error));
    }
  };
  for (const entry of entries) {
    setAsideOnError(entry.seq, `entry ${entry.seq}`, () => {
      for (const record of readEnvelope(entry).records) {
        const id = 'id' in record ? record.id : record.kind;
        seqOf.set(id, entry.seq);
        setAsideOnError(entry.seq, `task ${id}`, () => apply(record));
      }
    });
  }
  return { aside, seqOf };
};

/** A document that the index refuses permanently, and the error. */
export interface RefusedDocument {
  readonly document: SemanticDocument;
  readonly error: unknown;
}

/**
 * Writes the documents and returns those that the index refuses permanently, found by halving the batch. Rejects as `write` does, and with
 * INVALID_REQUEST when the collections themselves are wrong.
 */
export const writeEach = async (
  collections: Pick<CollectionSet, 'write' | 'check'>,
  documents: readonly SemanticDocument[],
): Promise<readonly RefusedDocument[]> => {
  try {
    await collections.write(documents);
    return [];
  } catch (error) {
    const [document] = documents;
    if (!isPermanentRefusal(error) || document === undefined) throw error;
    if (documents.length === 1) {
      await collections.check();
      return [{ document, error }];
    }
    const middle = Math.ceil(documents.length / 2);
    const first = await writeEach(collections, documents.slice(0, middle));
    return [...first, ...(await writeEach(collections, documents.slice(middle)))];
  }
};
