import { readFileSync } from 'node:fs';
import { defined, messageOf } from '@precedent/kernel';
import { z } from 'zod';

/** A command that ran, or what fixed one. */
export type OutputDoc = z.output<typeof docSchema>;
/** `relevant`: the docs that answer it; none for one of kind `negative`. */
export type OutputQuery = z.output<typeof querySchema>;
/**
 * Two failures: of one cause as a `rerun` (printed again by the same program) or `reworded` (by another one), of the
 * `same` cause in either way, or a `near_miss`, similar words of different causes.
 */
export type OutputPair = z.output<typeof pairSchema>;

/** Raw outputs of commands, with queries about them. */
export interface OutputSet {
  readonly docs: readonly OutputDoc[];
  readonly queries: readonly OutputQuery[];
  /** Empty when the file has none. */
  readonly pairs: readonly OutputPair[];
}

const FIRST = ['builds', 'deploy', 'services', 'toolchains', 'platform', 'workloads'];
/** Written when the ranking was there, by people who did not see it. */
const LATER = ['later/languages', 'later/systems', 'later/training'];
const EXIT_MAX = 255;

const optionalText = z
  .string()
  .nullish()
  .transform((text) => (text === '' || text === null ? undefined : text));

const docSchema = z
  .object({
    id: z.string().min(1),
    kind: z.enum(['failure', 'ok', 'resolution']),
    name: optionalText,
    command: optionalText,
    project: optionalText,
    exit: z.int().min(0).max(EXIT_MAX).nullish(),
    stderr: z.string().nullish(),
    /** One sentence for people; of a resolution, what was changed. */
    outcome: optionalText,
    at: z.iso
      .datetime({ offset: true })
      .nullish()
      .transform((at) => (at ? Date.parse(at) : 0)),
    /** The cause, the same for all failures that have it. */
    group: optionalText,
  })
  .superRefine(({ kind, exit, group, outcome }, context) => {
    const fails = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (kind === 'failure' && (exit ?? 0) === 0) fails('exit', 'expected 1 to 255 for a failure');
    if (kind !== 'failure' && (exit ?? 0) !== 0) fails('exit', `expected 0 for a doc of kind "${kind}"`);
    if (kind !== 'ok' && group === undefined) fails('group', 'expected the name of the cause');
    if (kind === 'resolution' && outcome === undefined) fails('outcome', 'expected what was changed');
  })
  .transform(({ exit, stderr, ...doc }) => ({ ...defined(doc), exit: exit ?? 0, stderr: stderr ?? '' }));

const querySchema = z
  .object({
    id: z.string().min(1),
    text: z.string().min(1),
    kind: z.string().min(1),
    relevant: z.array(z.string()),
  })
  .refine(({ kind, relevant }) => (kind === 'negative') === (relevant.length === 0), {
    path: ['relevant'],
    message: 'expected ids, and none for a query of kind "negative"',
  });

const pairSchema = z.object({
  a: z.string(),
  b: z.string(),
  label: z.enum(['rerun', 'reworded', 'same', 'near_miss']),
});

const setSchema = z.object({
  docs: z.array(docSchema).min(1),
  queries: z.array(querySchema).min(1),
  pairs: z.array(pairSchema).default([]),
});

/** The part that the ranking was chosen on, as one set. */
export const ownOutputs = (): OutputSet => mergedFiles(FIRST);

/** The later part, which nothing was chosen on. */
export const laterOutputs = (): OutputSet => mergedFiles(LATER);

const mergedFiles = (names: readonly string[]): OutputSet =>
  mergedOutputs(names.map((name) => readOutputs(new URL(`outputs/${name}.json`, import.meta.url))));

/** Any labelled set of raw outputs. Throws an error that names the file, the entry and its field. */
export const readOutputs = (file: string | URL): OutputSet => {
  const name = file instanceof URL ? file.pathname : file;
  try {
    return outputSetOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${name}: ${messageOf(error)}`, { cause: error });
  }
};

/** Throws an error that names the entry and its field. */
export const outputSetOf = (json: unknown): OutputSet => {
  const { success, data: set, error } = setSchema.safeParse(json);
  if (!success) {
    const [issue] = error.issues;
    throw new Error(`${fieldText(json, issue?.path ?? [])}: ${issue?.message}`);
  }
  return checked(set);
};

/** The labels of a set are about its own docs: of causes that several sets have, the docs of the others answer a query as well. */
export const mergedOutputs = (sets: readonly OutputSet[]): OutputSet => {
  const docs = sets.flatMap((set) => set.docs);
  return checked({
    docs,
    queries: sets.flatMap((set) => set.queries.map((query) => widened(query, { own: set.docs, docs }))),
    pairs: sets.flatMap(({ pairs }) => pairs),
  });
};

/** Their answers are the runs of one project or task. */
const SPECIFIC: ReadonlySet<string> = new Set(['filtered', 'noisy']);

interface MergedDocs {
  readonly own: readonly OutputDoc[];
  readonly docs: readonly OutputDoc[];
}

const widened = (query: OutputQuery, { own, docs }: MergedDocs): OutputQuery => {
  if (SPECIFIC.has(query.kind)) return query;
  const right = own.filter(({ id }) => query.relevant.includes(id));
  const alsoRight = docs.filter(
    (doc) =>
      doc.kind !== 'ok' &&
      !own.includes(doc) &&
      right.some(({ group, kind }) => group === doc.group && kind === doc.kind),
  );
  return { ...query, relevant: [...query.relevant, ...alsoRight.map(({ id }) => id)] };
};

/** `docs[3] ("b-peer-1").exit`. */
const fieldText = (json: unknown, path: readonly PropertyKey[]): string => {
  const [list, at, ...rest] = path.map(String);
  if (at === undefined) return list ?? 'the file';
  const entry = (json as Readonly<Record<string, readonly { readonly id?: unknown }[]>>)[list ?? '']?.[
    Number(at)
  ];
  const id = typeof entry?.id === 'string' ? ` ("${entry.id}")` : '';
  return [`${list}[${at}]${id}`, ...rest].join('.');
};

/** Ids are unique, and what is referred to is there. */
const checked = (set: OutputSet): OutputSet => {
  const { docs, queries, pairs } = set;
  const byId = new Map(docs.map((doc) => [doc.id, doc]));
  requireUnique('docs', docs);
  requireUnique('queries', queries);
  for (const { id, relevant } of queries)
    for (const one of relevant)
      if (!byId.has(one)) throw new Error(`queries ("${id}").relevant: there is no doc "${one}"`);
  for (const [at, pair] of pairs.entries())
    for (const side of ['a', 'b'] as const)
      if (byId.get(pair[side])?.kind !== 'failure')
        throw new Error(`pairs[${at}].${side}: there is no failure "${pair[side]}"`);
  requireFailures(docs);
  return set;
};

const requireUnique = (list: string, entries: readonly { readonly id: string }[]): void => {
  const ids = new Set<string>();
  for (const { id } of entries) {
    if (ids.has(id)) throw new Error(`${list} ("${id}").id: it is there twice`);
    ids.add(id);
  }
};

/** A resolution is of a failure. */
const requireFailures = (docs: readonly OutputDoc[]): void => {
  const causes = new Set(docs.filter(({ kind }) => kind === 'failure').map(({ group }) => group));
  for (const { id, kind, group } of docs)
    if (kind === 'resolution' && !causes.has(group))
      throw new Error(`docs ("${id}").group: there is no failure of "${group}"`);
};
