import { AppError } from '@precedent/kernel';
import type { CollectionSpec } from '@precedent/ports';
import type { QdrantCalls } from './qdrant-calls.ts';
import { statusOf } from './qdrant-errors.ts';
import { collectionOf, conflictOf, indexesOf } from './qdrant-layout.ts';

/**
 * Makes the collection, or completes one whose making was cut short or whose spec has grown. Throws INVALID_REQUEST, and changes
 * nothing, when the name is an alias or a collection with another layout.
 */
export const ensureCollection = async (calls: QdrantCalls, spec: CollectionSpec): Promise<void> => {
  const { name } = spec;
  const { collections } = await calls.ask('listing collections', (client) => client.getCollections());
  if (!collections.some((one) => one.name === name)) await create(calls, spec);
  const found = await calls.ask(`looking at ${name}`, (client) => client.getCollection(name));
  const conflict = conflictOf(found, spec);
  if (conflict !== undefined) throw refusal(name, `is there with ${conflict}`);
  for (const [field_name, field_schema] of Object.entries(indexesOf(spec))) {
    if (found.payload_schema[field_name] !== undefined) continue;
    const request = { field_name, field_schema, wait: true };
    await calls.repeatable(`indexing ${field_name} of ${name}`, (client) =>
      client.createPayloadIndex(name, request),
    );
  }
};

const create = async (calls: QdrantCalls, spec: CollectionSpec): Promise<void> => {
  const { name } = spec;
  const { aliases } = await calls.ask('listing aliases', (client) => client.getAliases());
  if (aliases.some((one) => one.alias_name === name)) throw refusal(name, 'is an alias');
  await calls.once(`making ${name}`, async (client) => {
    try {
      await client.createCollection(name, collectionOf(spec));
    } catch (error) {
      // Somebody was faster: what it is like is looked at next.
      if (statusOf(error) !== 409) throw error;
    }
  });
};

const refusal = (name: string, fact: string): AppError =>
  new AppError('INVALID_REQUEST', `collection ${name} ${fact}`, {
    issues: [{ field: 'name', message: fact }],
  });
