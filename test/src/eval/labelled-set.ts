import { readFileSync } from 'node:fs';
import type { SemanticDocument, TaskFacts } from '@precedent/semantic';
import { documentsOf, noteDocument, resolutionDocument, uuid5, workflowDocument } from '@precedent/semantic';
import type { NoteFacts, ResolutionFacts, WorkflowFacts } from '@precedent/semantic';

export type QueryKind = 'paraphrase' | 'exact' | 'filtered' | 'negative';

/** A query, and the ids of the documents that answer it; none for a negative one. */
export interface LabelledQuery {
  readonly id: string;
  readonly text: string;
  readonly kind: QueryKind;
  readonly relevant: readonly string[];
  /** Written after the ranking was chosen: nothing was changed because of it. */
  readonly isLater?: boolean;
}

export interface LabelledSet {
  /** The moment of the queries, to which "yesterday" refers. */
  readonly now: number;
  readonly documents: readonly SemanticDocument[];
  readonly queries: readonly LabelledQuery[];
  /** Whether filters are to be read out of queries. A foreign set has nothing to filter by. */
  readonly parse: boolean;
}

interface Annotation {
  readonly key: string;
  readonly note?: NoteFacts;
  readonly resolution?: ResolutionFacts;
  readonly workflow?: WorkflowFacts;
}

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`set/${name}.json`, import.meta.url), 'utf8'));

/** The set of this repository: facts of tasks, made into documents by the product's own functions, and queries about them. */
export const ownSet = (): LabelledSet => {
  const { now, tasks } = read('tasks') as {
    now: number;
    tasks: readonly { key: string; facts: TaskFacts }[];
  };
  const { annotations } = read('annotations') as { annotations: readonly Annotation[] };
  const queries = [...queriesIn('queries', false), ...queriesIn('queries-later', true)];
  const documents = new Map([
    ...tasks.map(({ key, facts }) => [key, documentsOf(facts)] as const),
    ...annotations.map((one) => [one.key, [annotationDocument(one)]] as const),
  ]);
  const ids = new Map(tasks.map(({ key, facts }) => [key, facts.id]));
  return {
    now,
    parse: true,
    documents: [...documents.values()].flat(),
    queries: queries.map((query) => ({
      ...query,
      text: query.text.replace(/@id:([\w-]+)/g, (_, key: string) => ids.get(key) ?? key),
      relevant: query.relevant.flatMap((reference) => documentIdsOf(documents, reference)),
    })),
  };
};

/** The facts that its documents are made of. */
export const ownTasks = (): readonly TaskFacts[] =>
  (read('tasks') as { tasks: readonly { facts: TaskFacts }[] }).tasks.map(({ facts }) => facts);

const queriesIn = (name: string, isLater: boolean): readonly LabelledQuery[] =>
  (read(name) as { queries: readonly LabelledQuery[] }).queries.map((query) => ({ ...query, isLater }));

const annotationDocument = ({ key, note, resolution, workflow }: Annotation): SemanticDocument => {
  if (note) return noteDocument(note);
  if (resolution) return resolutionDocument(resolution);
  if (workflow) return workflowDocument(workflow);
  throw new Error(`${key} has no note, resolution or workflow`);
};

/** `task` is all of its documents, `task/failure` those of one kind. */
const documentIdsOf = (
  documents: ReadonlyMap<string, readonly SemanticDocument[]>,
  reference: string,
): readonly string[] => {
  const [key = '', kind] = reference.split('/');
  const found = documents.get(key);
  if (found === undefined) throw new Error(`the set has no task "${key}"`);
  return found.filter((one) => kind === undefined || one.kind === kind).map(({ id }) => id);
};

interface ForeignSet {
  readonly docs: readonly { readonly id: string; readonly text: string }[];
  readonly queries: readonly LabelledQuery[];
}

/** Any labelled set: texts and queries are taken as they stand. */
export const foreignSet = (file: string): LabelledSet => {
  const { docs, queries } = JSON.parse(readFileSync(file, 'utf8')) as ForeignSet;
  const idOf = (id: string): string => uuid5('foreign', id);
  return {
    now: 0,
    parse: false,
    documents: docs.map(({ id, text }) => ({
      id: idOf(id),
      kind: 'note',
      text,
      payload: { namespace: 'default', at: 0, text, kind: 'note' },
    })),
    queries: queries.map((query) => ({ ...query, relevant: query.relevant.map(idOf) })),
  };
};
