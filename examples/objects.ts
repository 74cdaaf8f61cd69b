// examples/objects.ts
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });

/** Runs a task to its result. */
const run = async (type: string, payload: Record<string, string | number>): Promise<unknown> => {
  const { id } = await client.submit({ type, payload });
  return await client.result(id, { timeoutMs: 30_000 });
};

// Objects outlive the tasks that made them, and belong to the namespace of those tasks.
await run('storage.put', { name: 'example/a.txt', text: 'hello', contentType: 'text/plain' });
await run('storage.copy', { from: 'example/a.txt', to: 'example/b.txt' });
const { text } = (await run('storage.get', { name: 'example/b.txt' })) as { text: string };
assert.equal(text, 'hello');

const { objects } = (await run('storage.list', { prefix: 'example/' })) as { objects: { name: string }[] };
assert.deepEqual(
  objects.map(({ name }) => name),
  ['example/a.txt', 'example/b.txt'],
);

for (const { name } of objects) assert.deepEqual(await run('storage.delete', { name }), { removed: true });

await client.close();
