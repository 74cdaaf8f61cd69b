import type { PointPayload } from '@precedent/ports';
import type { SemanticDocument } from '../documents/document.ts';
import { documentsOf } from '../documents/task-documents.ts';
import type { TaskFacts } from '../facts.ts';
import { runText } from './run.ts';

/** The documents of a task. The one of its spec carries the run as JSON, for comparisons. */
export const storedDocumentsOf = (facts: TaskFacts): readonly SemanticDocument[] => {
  const run = runText(facts);
  return documentsOf(facts).map((document) =>
    document.kind === 'spec' ? { ...document, payload: { ...document.payload, run } } : document,
  );
};

/** The payload of the spec that the index would hold of a task. */
export const specPayloadOf = (facts: TaskFacts): PointPayload | undefined =>
  storedDocumentsOf({ ...facts, attempts: [] }).find(({ kind }) => kind === 'spec')?.payload;
