// Submitting twice what must happen once: the key stands for the task, however often it is sent.
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const idempotencyKey = `invoice-${process.pid}`;

const first = await client.submit({ command: 'echo paid', idempotencyKey });
const second = await client.submit({ command: 'echo paid', idempotencyKey });
assert.equal(second.id, first.id);
assert.equal(second.duplicate, true);

// The same key for something else is a mistake, and is refused.
await assert.rejects(client.submit({ command: 'echo something else', idempotencyKey }), {
  code: 'IDEMPOTENCY_CONFLICT',
});

await client.result(first.id, { timeoutMs: 30_000 });
await client.close();
