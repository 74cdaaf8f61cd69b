// A worker with a handler of its own: progress, cancellation, and an error that is not worth a retry.
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '@precedent/client';
import type { Handler } from '@precedent/client';

interface Report {
  readonly pages: number;
  readonly pageMs: number;
}

/** Whatever it throws fails the attempt; `signal` is aborted when the task is cancelled or has run out of time. */
const buildReport: Handler = async (job, { signal, progress, log }) => {
  const { pages, pageMs } = job.task.payload as Report;
  if (pages < 1) throw Object.assign(new Error('a report has pages'), { retryable: false });
  for (let page = 1; page <= pages; page++) {
    await delay(pageMs, undefined, { signal });
    progress(page / pages, `page ${page} of ${pages}`);
    log('log', `page ${page} is done\n`);
  }
  return { pages };
};

const client = await connect({ servers: process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222' });
const worker = client.worker({ handlers: { 'report.build': buildReport }, slots: 4 });
await worker.start();

const short = await client.submit({ type: 'report.build', payload: { pages: 3, pageMs: 10 } });
assert.deepEqual(await client.result(short.id, { timeoutMs: 30_000 }), { pages: 3 });

const empty = await client.submit({ type: 'report.build', payload: { pages: 0, pageMs: 10 } });
await assert.rejects(client.result(empty.id, { timeoutMs: 30_000 }), { message: 'a report has pages' });

const progress = client.watch({ type: 'report.build', event: 'progress' });
const long = await client.submit({ type: 'report.build', payload: { pages: 1_000, pageMs: 100 } });
for await (const event of progress) if ('id' in event && event.id === long.id) break;
await client.cancel(long.id, 'not needed');
const cancelled = await client.wait(long.id, { timeoutMs: 30_000 });
assert.equal(cancelled.state, 'cancelled');
assert.equal(cancelled.error?.message, 'cancelled: not needed');

await worker.stop();
await client.close();
