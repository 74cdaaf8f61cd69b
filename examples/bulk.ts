// Cancelling many tasks: a preview counts them and shows some, its token does it to exactly these.
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const project = `import-${process.pid}`;

// No worker serves this pool, so they wait.
const specs = Array.from({ length: 50 }, () => ({ command: 'echo imported', project, pool: 'closed' }));
await client.submitMany(specs);

const preview = await client.previewBulk({ action: 'cancel', filter: { project, band: ['normal'] } });
assert.equal(preview.count, 50);
assert.equal(preview.sample.length, 20);

// Submitted after the preview: the token is not for this one.
const late = await client.submit({ command: 'echo late', project, pool: 'closed' });

const task = await client.startBulk(preview.token ?? '');
const result = await client.result(task.id, { timeoutMs: 30_000 });
assert.deepEqual(result, { action: 'cancel', total: 50, done: 50, already: 0, refused: {}, refusals: [] });
assert.equal((await client.get(late.id)).state, 'queued');

await client.cancel(late.id);
await client.close();
