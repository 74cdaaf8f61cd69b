import type { SetAside } from '@precedent/contract-types';
import { cutText, isAppError, isOutage, problemOf } from '@precedent/kernel';
import { ASIDE_LIMITS } from '@precedent/ports';
import type { LogEntry } from '@precedent/ports';
import { readEnvelope } from '@precedent/tasks';
import type { JournalRecord } from '@precedent/tasks';
import type { SemanticDocument } from '../documents/document.ts';
import { redactText } from '../redact/redact.ts';
import type { CollectionSet } from '../collections/collection-set.ts';

/** What is reported about an entry, a record or a document that is not indexed. The reason is redacted: it may quote what was refused. */
export const setAside = (seq: number, subject: string, error: unknown): SetAside => ({
  seq,
  subject: cutText(redactText(subject), ASIDE_LIMITS.subjectChars),
  reason: cutText(redactText(reasonOf(error)), ASIDE_LIMITS.reasonChars),
});

const reasonOf = (error: unknown): string => {
  const { code, message } = problemOf(error);
  return `${code}: ${message}`;
};

/** They concern the journal or the stored state as a whole, and no single entry. */
const NOT_OF_THE_ENTRY: ReadonlySet<string> = new Set(['JOURNAL_GAP', 'DATA_TOO_NEW']);
/** The collection is gone, or another one is being made: no document is to blame. */
const OF_THE_COLLECTION: ReadonlySet<unknown> = new Set([404, 409]);

/** Whether the same entry or document would be refused again, however often it is tried. */
export const isPermanent = (error: unknown): boolean =>
  !isAppError(error) ||
  (!isOutage(error) &&
    !NOT_OF_THE_ENTRY.has(error.code) &&
    !OF_THE_COLLECTION.has(error.extras.details?.['status']));

export interface Folded {
  readonly aside: readonly SetAside[];
  /** The last entry that says something of a task, by its id. */
  readonly seqOf: ReadonlyMap<string, number>;
}

/** Hands every record to `apply`, in order. A record that it cannot take is set aside, and so is an entry that cannot be read. */
export const foldEach = (entries: readonly LogEntry[], apply: (record: JournalRecord) => void): Folded => {
  const aside: SetAside[] = [];
  const seqOf = new Map<string, number>();
  const attempt = (seq: number, subject: string, step: () => void): void => {
    try {
      step();
    } catch (error) {
      if (!isPermanent(error)) throw error;
      aside.push(setAside(seq, subject, error));
    }
  };
  for (const entry of entries) {
    attempt(entry.seq, `entry ${entry.seq}`, () => {
      for (const record of readEnvelope(entry).records) {
        const id = 'id' in record ? record.id : record.kind;
        seqOf.set(id, entry.seq);
        attempt(entry.seq, `task ${id}`, () => apply(record));
      }
    });
  }
  return { aside, seqOf };
};

/** A document that the index refuses for good, and why. */
export interface RefusedDocument {
  readonly document: SemanticDocument;
  readonly error: unknown;
}

/**
 * Writes the documents and returns those that are refused for good: one bad document costs the others some more requests. Rejects as
 * `write` does, with INVALID_REQUEST when it is the collections that are wrong.
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
    if (!isPermanent(error) || document === undefined) throw error;
    if (documents.length === 1) {
      await collections.check();
      return [{ document, error }];
    }
    const middle = Math.ceil(documents.length / 2);
    const first = await writeEach(collections, documents.slice(0, middle));
    return [...first, ...(await writeEach(collections, documents.slice(middle)))];
  }
};
