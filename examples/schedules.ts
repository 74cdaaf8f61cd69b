// A schedule: what its next runs are, what the change of the clocks does to them, and a run now.
import assert from 'node:assert/strict';
import { connect } from '@precedent/client';

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const name = `report-${process.pid}`;

await client.schedules.put(name, {
  cron: '30 2 * * *',
  zone: 'America/New_York',
  gap: 'skip',
  except: ['2027-03-13'],
  task: { command: 'echo reported' },
});

// On 14 March 2027 the clocks of New York go from 02:00 to 03:00.
const { ticks } = await client.schedules.preview(name, { after: Date.UTC(2027, 2, 12, 12), count: 2 });
assert.deepEqual(
  ticks.map(({ nominal, runs, clocks }) => [nominal, runs, clocks]),
  [
    ['2027-03-14T02:30:00', false, 'gap'],
    ['2027-03-15T02:30:00', true, undefined],
  ],
);

const { id } = await client.schedules.trigger(name);
const run = await client.wait(id, { timeoutMs: 30_000 });
assert.equal(run.state, 'completed');

// Each second, three times.
const often = `${name}-often`;
await client.schedules.put(often, { every: 1_000, count: 3, task: { command: 'echo ticked' } });
let runs = 0;
while (runs < 3) {
  const { status } = await client.schedules.get(often);
  runs = status?.runs ?? 0;
}

for (const each of [name, often]) await client.schedules.delete(each);
await client.close();
