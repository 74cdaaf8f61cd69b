import { createHash } from 'node:crypto';
import { specText } from '@precedent/contract-types';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { anAssignment } from '../../testing/scripted-engine.ts';
import type { TestServer } from '../../testing/nats-server.ts';
import { startServer } from '../../testing/nats-server.ts';
import { workerWorld } from '../../testing/worker-world.ts';
import { checkSpec } from './spec-check.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const later = (text: string): Promise<string> => Promise.resolve(sha256(text));

const submitted = anAssignment({ task: { payload: { b: 1, a: { 10: 1, 9: 2 } }, traceparent: 't' } });
const job = { ...submitted, digest: sha256(specText(submitted, submitted.task)) };
const changed = { ...job, task: { payload: { b: 2, a: { 10: 1, 9: 2 } }, traceparent: 't' } };
const refusal = { code: 'INTEGRITY_FAILED', extras: { details: { expected: job.digest } } };

describe('the check of an assignment', () => {
  it('lets pass what was submitted, with another trace and in another order of keys, and what has no digest', async () => {
    const same = { ...job, task: { traceparent: 'u', payload: { a: { 9: 2, 10: 1 }, b: 1 } } };
    for (const one of [job, same, anAssignment()]) {
      expect(checkSpec(one, sha256)).toBeUndefined();
      await checkSpec(one, later);
    }
  });

  it.each([
    ['task', changed],
    ['type', { ...job, type: 'other' }],
    ['namespace', { ...job, namespace: 'other' }],
    ['project', { ...job, project: 'other' }],
    ['band', { ...job, band: 'critical' as const }],
    ['label', { ...job, labels: { a: 'b' } }],
    ['security label', { ...job, security: 'secret' }],
    ['unknown member', { ...job, task: { ...job.task, shell: 'rm' } }],
  ])('refuses another %s', async (_, other) => {
    await expect((async () => checkSpec(other, sha256))()).rejects.toMatchObject(refusal);
    await expect(checkSpec(other, later)).rejects.toMatchObject(refusal);
  });
});

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

describe('a worker', () => {
  it('fails a task that was changed without starting it, and says of a result which task it is of', async () => {
    const w = await workerWorld(server.url);
    onTestFinished(w.close);
    await w.worker.start();
    w.assign({ ...changed, id: 'changed' }, { ...job, id: 'whole' }, { id: 'older' });
    const settled = [
      await w.engine.settled.next(),
      await w.engine.settled.next(),
      await w.engine.settled.next(),
    ];
    const byId = new Map(settled.map((one) => [one.id, one]));
    expect(byId.get('changed')).toMatchObject({ outcome: 'failed', error: { code: 'INTEGRITY_FAILED' } });
    expect(byId.get('whole')).toMatchObject({ outcome: 'completed', digest: job.digest });
    expect(byId.get('older')).not.toHaveProperty('digest');
  });
});
