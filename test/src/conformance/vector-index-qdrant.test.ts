import { qdrantVectorIndex } from '@precedent/qdrant';
import { afterAll, beforeAll } from 'vitest';
import { describeVectorIndex } from './vector-index.suite.ts';
import { startQdrant } from '../e2e/qdrant.ts';
import type { TestQdrant } from '../e2e/qdrant.ts';

let server: TestQdrant;
beforeAll(async () => {
  server = await startQdrant();
});
afterAll(() => server[Symbol.asyncDispose]());

/** One server for all tests: each test begins and ends without a collection. */
describeVectorIndex('Qdrant', async () => {
  const index = qdrantVectorIndex({ url: server.url });
  return {
    index,
    close: async () => {
      for (const name of await index.collections()) await index.drop(name);
    },
  };
});
