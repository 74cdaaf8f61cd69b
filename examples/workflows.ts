// A workflow from the builder: a map, a value that a later step gets, an approval, and a run of it.
import assert from 'node:assert/strict';
import { connect, workflow } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const type = `square-${process.pid}`;
const worker = client.worker({
  name: type,
  slots: 4,
  handlers: { [type]: async (job) => (job.task.payload as { item: number }).item ** 2 },
});
await worker.start();

const squares = workflow(`squares-${process.pid}`, (w) => {
  const all = w.map('all', { over: 'input.numbers', task: { type }, concurrency: 2 });
  const ask = w.approval('ask', { message: 'Sum them up?' }, { needs: [all] });
  w.task('sum', { type, with: { item: `double(size(steps.all.result))` } }, { needs: [ask] });
});
await client.workflows.put(squares.name, squares.spec);

const payload = { workflow: squares.name, input: { numbers: [1, 2, 3] } };
const { id } = await client.submit({ type: 'workflow', payload });
for (let isOpen = false; !isOpen;) {
  const { approvals } = await client.runs.approvals();
  isOpen = approvals.some((approval) => approval.id === id);
}
await client.runs.decide({ id, step: 'ask', approve: true });
const run = await client.wait(id, { timeoutMs: 30_000 });
assert.deepEqual([run.state, run.result], ['completed', { sum: 9 }]);

const { steps } = await client.runs.show(id);
assert.deepEqual(steps.find(({ name }) => name === 'all')?.result, [1, 4, 9]);

await client.workflows.delete(squares.name);
await worker.stop();
await client.close();
