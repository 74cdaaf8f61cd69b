import type { DocumentHitView, SearchOperations } from '@precedent/contracts';
import type { HandlersOf } from '@precedent/nats';
import { collectionsOf, requireAllProjects, searchCollection } from '@precedent/semantic';
import type { SearchContext, SearchHit } from '@precedent/semantic';
import { clearedParts } from './cleared-parts.ts';

interface DocumentParts {
  readonly context: () => SearchContext;
  readonly now: () => number;
}

/** Searches of collections that tasks fill, and the list of those collections. */
export const documentHandlers = (
  ready: () => DocumentParts,
): Pick<HandlersOf<SearchOperations>, 'documents' | 'collections'> => ({
  documents: async (request, { scope }) => {
    requireAllProjects(scope);
    const { context, now } = clearedParts(ready(), scope);
    const { hits, ...answer } = await searchCollection(context(), { ...request, now: now() });
    return { collection: request.collection, hits: hits.map(hitView), ...answer };
  },
  collections: async ({ namespace }, { scope }) => {
    requireAllProjects(scope);
    return { collections: await collectionsOf(clearedParts(ready(), scope).context(), namespace) };
  },
});

const hitView = ({ id, payload, score, highlights, count }: SearchHit): DocumentHitView => {
  const { text, at, path, chunk, heading, key } = payload;
  return {
    id,
    text,
    at,
    score,
    highlights,
    count,
    ...(typeof path === 'string' && { path }),
    ...(typeof chunk === 'number' && { chunk }),
    ...(typeof heading === 'string' && { heading }),
    ...(typeof key === 'string' && { key }),
  };
};
