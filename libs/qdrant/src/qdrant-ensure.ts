import { AppError } from '@precedent/kernel';
import type { CollectionSpec } from '@precedent/ports';
import type { QdrantCalls } from './qdrant-calls.ts';
import { statusOf } from './qdrant-errors.ts';
import { collectionOf, conflictOf, indexesOf } from './qdrant-layout.ts';

/**
 * Creates the collection, or adds the indexes that an existing one lacks. Throws INVALID_REQUEST, and changes nothing, when the
 * name is an alias or a collection with another layout.
 */
export const ensureCollection = async (calls: QdrantCalls, spec: CollectionSpec): Promise<void> => {
  const { name } = spec;
  const { collections } = await calls.read('listing collections', (client) => client.getCollections());
  if (!collections.some((existing) => existing.name === name)) await create(calls, spec);
  const found = await calls.read(`looking at ${name}`, (client) => client.getCollection(name));
  const conflict = conflictOf(found, spec);
  if (conflict !== undefined) throw refusal(name, `is there with ${conflict}`);
  for (const [field_name, field_schema] of Object.entries(indexesOf(spec))) {
    if (found.payload_schema[field_name] !== undefined) continue;
    const request = { field_name, field_schema, wait: true };
    await calls.writeIdempotent(`indexing ${field_name} of ${name}`, (client) =>
      client.createPayloadIndex(name, request),
    );
  }
};

const create = async (calls: QdrantCalls, spec: CollectionSpec): Promise<void> => {
  const { name } = spec;
  const { aliases } = await calls.read('listing aliases', (client) => client.getAliases());
  if (aliases.some((alias) => alias.alias_name === name)) throw refusal(name, 'is an alias');
  await calls.writeOnce(`making ${name}`, async (client) => {
    try {
      await client.createCollection(name, collectionOf(spec));
    } catch (error) {
      // Another client has just created it; its layout is checked next.
      if (statusOf(error) !== 409) throw error;
    }
  });
};

const refusal = (name: string, fact: string): AppError =>
  new AppError('INVALID_REQUEST', `collection ${name} ${fact}`, {
    issues: [{ field: 'name', message: fact }],
  });
