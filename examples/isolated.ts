// A handler in a thread of its own: it loops for ever, and is cancelled all the same; another one in a process crashes, and only its task fails.
import assert from 'node:assert/strict';
import { connect, isolated } from '@precedent/client';

const module = new URL('./isolated/handlers.ts', import.meta.url);

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const worker = client.worker({
  handlers: {
    'primes.count': isolated({ in: 'thread', module, export: 'countPrimes', memoryMb: 128 }),
    'image.resize': isolated({ in: 'process', module, export: 'resize' }),
  },
  slots: 2,
});
await worker.start();

const few = await client.submit({ type: 'primes.count', payload: { below: 100 } });
assert.equal(await client.result(few.id, { timeoutMs: 30_000 }), 25);

const crashed = await client.submit({ type: 'image.resize', retry: { max: 0 } });
await assert.rejects(client.result(crashed.id, { timeoutMs: 30_000 }), { code: 'HANDLER_CRASHED' });

// It never looks at its signal: after its grace the thread is terminated.
const progress = client.watch({ type: 'primes.count', event: 'progress' });
const endless = await client.submit({ type: 'primes.count', band: 'low', payload: { below: 'all' } });
for await (const event of progress) if ('id' in event && event.id === endless.id) break;
await client.cancel(endless.id, 'takes too long');
const cancelled = await client.wait(endless.id, { timeoutMs: 30_000 });
assert.equal(cancelled.state, 'cancelled');

await worker.stop();
await client.close();
