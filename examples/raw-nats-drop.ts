// examples/raw-nats-drop.ts
import { connect } from '@nats-io/transport-node';

const nats = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const ack = await nats.request('precedent.v1.tasks.normal', JSON.stringify({ command: 'echo hello' }));
if (!ack.json<{ seq?: number }>().seq) process.exitCode = 1;
await nats.close();
