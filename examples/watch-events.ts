// Follows what happens to the tasks of one project, as CloudEvents.
import assert from 'node:assert/strict';
import { connect, isGap } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const project = `demo-${process.pid}`;

const events = client.watch({ project }, { attributes: true });
const { id } = await client.submit({ project, command: 'sleep 0.1' });

const seen: string[] = [];
for await (const event of events) {
  // A reader that is too slow, or a lost connection: a client that must not miss anything requests the task's state now.
  if (isGap(event)) continue;
  console.log(`${event.attributes?.type} ${event.id} ${new Date(event.at).toISOString()}`);
  assert.equal(event.attributes?.subject, id);
  seen.push(event.event);
  if (event.event === 'completed') break;
}
assert.deepEqual(seen, ['queued', 'started', 'completed']);

await client.close();
