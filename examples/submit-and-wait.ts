// examples/submit-and-wait.ts
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });

const { id } = await client.submit({ command: 'echo', args: ['hello, world'], band: 'high' });
const result = await client.result(id, { timeoutMs: 30_000 });
assert.equal((result as { stdout: string }).stdout, 'hello, world\n');

// The whole output, also while the task runs with `{ follow: true }`.
for await (const { stream, text } of client.logs(id)) console.log(`${stream}: ${text.trimEnd()}`);

// What fails says why, with a code that never changes its meaning.
const failing = await client.submit({ command: 'exit 3', retry: { max: 0 } });
await assert.rejects(client.result(failing.id), { code: 'COMMAND_FAILED' });

await client.close();
