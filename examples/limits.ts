// Limits: two tasks of a user at once, however many come, and those of another user next to them.
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const type = `mail-${process.pid}`;
const running = new Map<string, number>();
let most = 0;

const worker = client.worker({
  name: type,
  slots: 8,
  handlers: {
    [type]: async (job) => {
      const { user } = job.task.payload as { user: string };
      running.set(user, (running.get(user) ?? 0) + 1);
      most = Math.max(most, running.get(user) ?? 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running.set(user, (running.get(user) ?? 0) - 1);
    },
  },
});
await worker.start();
await client.limits.put(type, { match: { type }, key: 'payload.user', concurrency: 2 });

const users = ['ann', 'bob'].flatMap((user) => Array.from({ length: 10 }, () => user));
const accepted = await client.submitMany(users.map((user) => ({ type, payload: { user } })));
for (const outcome of accepted) {
  assert.ok('id' in outcome);
  assert.equal((await client.wait(outcome.id, { timeoutMs: 30_000 })).state, 'completed');
}
assert.equal(most, 2);

await client.limits.delete(type);
await worker.stop();
await client.close();
