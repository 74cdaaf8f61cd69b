// examples/documents.ts
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });

// How `document.process` would cut a page, heading by heading; no index is needed to see it.
const page = '# Disks\n\nA full disk stops everything.\n\n## What to do\n\nRemove old logs first.\n';
const split = await client.submit({
  type: 'text.process',
  payload: { operation: 'split', text: page, kind: 'markdown' },
  band: 'high',
});
assert.deepEqual(await client.result(split.id, { timeoutMs: 30_000 }), {
  chunks: [
    { heading: 'Disks', text: 'A full disk stops everything.' },
    { heading: 'Disks > What to do', text: 'Remove old logs first.' },
  ],
});

// What is wrong with a payload is said with its field, before anything is done.
const bad = await client.submit({
  type: 'document.process',
  payload: { folder: 'docs', collection: 'help', chunk: { maxChars: 5 } },
  retry: { max: 0 },
});
await assert.rejects(client.result(bad.id, { timeoutMs: 30_000 }), (error: Error) => {
  assert.match(error.message, /payload\.chunk\.maxChars: .*>=200, got 5/);
  return true;
});

await client.close();
