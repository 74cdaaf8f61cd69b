// Tasks that wait for others: a build, a test that fails, what follows from that, and what is skipped.
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const idOf = (name: string) => `${name}-${process.pid}`;
const [build, test, report, deploy] = ['build', 'test', 'report', 'deploy'].map(idOf) as [
  string,
  string,
  string,
  string,
];

// The order within a submission does not matter.
await client.submitMany([
  { id: deploy, command: 'echo deployed', dependsOn: [{ task: test }] },
  { id: report, command: 'echo reported', dependsOn: [{ task: test, on: 'failure' }] },
  {
    id: test,
    command: 'exit 3',
    retry: { max: 0 },
    dependsOn: [{ task: build, when: 'result.exitCode == 0' }],
  },
  { id: build, command: 'echo built' },
]);

const last = await client.wait(report, { timeoutMs: 30_000 });
assert.equal(last.state, 'completed');
assert.equal((await client.get(build)).state, 'completed');
assert.equal((await client.get(test)).error?.code, 'COMMAND_FAILED');

const skipped = await client.wait(deploy, { timeoutMs: 30_000 });
assert.equal(skipped.state, 'skipped');
assert.equal(skipped.error?.message, `it waited for success of task ${test}, which is failed`);

await client.close();
