import type { FindReply, SearchHitView, SearchOperations, SearchStatus } from '@precedent/contracts';
import type { HandlersOf } from '@precedent/nats';
import { defined } from '@precedent/kernel';
import type { Caller } from '@precedent/ports';
import { oneProjectWithin, projectsWithin, recall, requireAllProjects, search } from '@precedent/semantic';
import type { Notes, QueryFilters, SearchAnswer, SearchHit } from '@precedent/semantic';
import { clearedParts } from './cleared-parts.ts';
import type { AnswerParts } from './cleared-parts.ts';
import { documentHandlers } from './document-handlers.ts';
import { precedentHandlers } from './precedent-handlers.ts';

type Handlers = HandlersOf<SearchOperations>;

export interface HandlerParts extends AnswerParts {
  readonly notes: Notes;
  readonly now: () => number;
}

/** Adds annotations, also before the index is open. */
export interface AnnotationParts {
  readonly notes: Pick<Notes, 'add'>;
  readonly now: () => number;
}

/** The parts that exist once the index is open. Throws VECTORS_UNAVAILABLE before. */
type Ready = () => HandlerParts;

/** Handlers for the operations of the vectorizer. */
export const searchHandlers = (
  ready: Ready,
  annotations: () => AnnotationParts,
  status: () => Promise<SearchStatus>,
): Handlers => ({
  ...queryHandlers(ready, status),
  ...precedentHandlers(ready),
  ...documentHandlers(ready),
  ...annotationHandlers(ready, annotations),
  status,
});

const queryHandlers = (
  ready: Ready,
  status: () => Promise<SearchStatus>,
): Pick<Handlers, 'find' | 'recall' | 'seen' | 'diff'> => ({
  find: async ({ filters, ignoreFilters, ...request }, { scope }) => {
    const { context, now } = clearedParts(ready(), scope);
    const project = projectsWithin(scope, filters.project);
    const known = { ...queryFilters(filters), ...defined({ project }) };
    const given = { filters: known, ignored: ignoreFilters, now: now() };
    const answer = await search(context(), { ...request, ...given });
    const { freshness } = await status();
    return { ...answerView(answer), freshness };
  },
  recall: async ({ project: requested, ...request }, { scope }) => {
    const { context, now } = clearedParts(ready(), scope);
    const project = oneProjectWithin(scope, requested);
    return recall(context(), { ...request, ...defined({ project }), now: now() });
  },
  seen: async ({ id, namespace }, { scope }) => {
    requireAllProjects(scope);
    const { history, now } = clearedParts(ready(), scope);
    return { task: id, ...(await history.seen(id, { namespace, now: now() })) };
  },
  diff: async ({ id, namespace }, { scope }) => {
    requireAllProjects(scope);
    const { history, now } = clearedParts(ready(), scope);
    return history.diff(id, { namespace, now: now() });
  },
});

const annotationHandlers = (
  ready: Ready,
  annotations: () => AnnotationParts,
): Pick<Handlers, 'remember' | 'resolve'> => ({
  remember: async ({ ttl, by, ...facts }, caller) => {
    const { notes, now } = annotations();
    const expiry = ttl !== undefined && { expiresAt: now() + ttl };
    return notes.add({ kind: 'note', ...facts, by: authorOf(caller, by), at: now(), ...expiry });
  },
  resolve: async ({ id, namespace, text, by, evidence }, caller) => {
    requireAllProjects(caller.scope);
    const { history, notes, now } = clearedParts(ready(), caller.scope);
    const about = await history.failure(namespace, id);
    await history.requireEvidence(namespace, evidence);
    const facts = {
      kind: 'resolution',
      ...about,
      namespace,
      task: id,
      text,
      by: authorOf(caller, by),
      evidence,
      at: now(),
    } as const;
    const { fingerprint } = about;
    return { ...(await notes.add(facts)), ...(fingerprint !== undefined && { fingerprint }) };
  },
});

/** A caller that is known writes in its own name. */
const authorOf = ({ principal }: Caller, given: string): string => principal?.principal.name ?? given;

/** The most hits that are shown when nothing fits. */
const NEAREST_MAX = 3;

const answerView = ({ understood, hits, fits, dropped, ...answer }: SearchAnswer) => {
  const { semantic, partial, confidence } = answer;
  return {
    hits: fits ? hits.map(hitView) : [],
    ...(!fits && { nearest: hits.slice(0, NEAREST_MAX).map(hitView) }),
    text: understood.text,
    filters: filtersView(answer.filters),
    parsed: understood.phrases,
    ...(dropped && { dropped }),
    semantic,
    partial,
    confidence,
  };
};

type RequestFilters = Parameters<Handlers['find']>[0]['filters'];

/** Turns a single value into a list. Absent fields are left out, so that they do not override filters of the text. */
const queryFilters = (given: RequestFilters): QueryFilters =>
  Object.fromEntries(
    Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, typeof value === 'string' ? [value] : value]),
  );

const filtersView = (filters: QueryFilters): FindReply['filters'] =>
  Object.fromEntries(
    Object.entries(filters).map(([field, value]) => [field, Array.isArray(value) ? [...value] : value]),
  );

const FIELDS = ['task', 'project', 'type', 'band', 'outcome', 'worker', 'fingerprint'] as const;

const hitView = ({ id, payload, atLeast, ...hit }: SearchHit): SearchHitView => {
  const { score, highlights, lines, count, firstAt, lastAt } = hit;
  const known = FIELDS.flatMap((field) => {
    const value = payload[field];
    return typeof value === 'string' ? [[field, value] as const] : [];
  });
  const { text, at, kind } = payload;
  return {
    id,
    kind: String(kind),
    text,
    at,
    score,
    highlights,
    ...(lines.length > 0 && { lines }),
    count,
    firstAt,
    lastAt,
    ...(atLeast && { atLeast }),
    ...Object.fromEntries(known),
  };
};
