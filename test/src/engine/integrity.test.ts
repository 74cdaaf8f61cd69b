import { createHash } from 'node:crypto';
import { specText } from '@precedent/contract-types';
import type { LeaseStep } from '@precedent/contract-types';
import { canonicalJson, canonicalText, hash53 } from '@precedent/kernel';
import { DEFAULT_POLICY } from '@precedent/scheduling';
import type { TaskClass } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { JOURNAL } from './options.ts';
import { plainState } from './plain-state.ts';
import type { ScriptedWorker } from './scripted-worker.ts';
import { aTask, world } from './world.ts';
import type { World } from './world.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex');

const digestOf = (taskClass: TaskClass, payload: unknown): string => sha256(specText(taskClass, { payload }));

describe('the digest of a task', () => {
  it('is in its record and its view, and goes to its worker', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', payload: { b: 1, a: 2 }, traceparent: '00-1-1-01' }));
    const [record] = w.records().filter(({ kind }) => kind === 'submitted');
    if (record?.kind !== 'submitted') throw new Error('no record');
    const digest = digestOf(record.class, { a: 2, b: 1 });
    expect(record.digest).toBe(digest);
    expect(await w.get('a')).toMatchObject({ specDigest: digest });
    expect(worker.assigned).toMatchObject([{ id: 'a', digest }]);
  });

  it('is the same after a recovery, also from a snapshot', async () => {
    const w = await world({ journal: { ...JOURNAL, snapshotEvery: 1, retentionMs: 3_600_000 } });
    await w.submit(aTask({ id: 'a', idempotencyKey: 'k' }));
    const { specDigest } = await w.get('a');
    const taken = w.engine.cell?.snapshots.take();
    await w.advance(1_000);
    await taken;
    for (const from of ['journal', 'snapshot'] as const) {
      const state = await w.rebuilt(from);
      expect(state.table.get('a')?.digest).toBe(specDigest);
      expect(state.keys.get('default', 'k', w.now)?.hash).toMatch(/^[\w-]{43}$/);
      expect(plainState(state)).toEqual(w.memory());
    }
  });

  it('refuses the result of a worker that ran another task', async () => {
    const w = await world();
    const worker = await w.worker();
    await w.submit(aTask({ id: 'a', retry: { max: 3 } }));
    await worker.end('a', { outcome: 'completed', result: 1, digest: 'f'.repeat(43) });
    expect(await w.get('a')).toMatchObject({ state: 'failed', error: { code: 'INTEGRITY_FAILED' } });
  });

  it('accepts the result of a worker that says nothing of it, or ran this task', async () => {
    const w = await world();
    const worker = await w.worker({ slots: 2 });
    await w.submit(aTask({ id: 'a' }), aTask({ id: 'b' }));
    const { specDigest } = await w.get('a');
    await worker.end('a', { outcome: 'completed', digest: specDigest });
    await worker.end('b', { outcome: 'completed' });
    expect([await w.stateOf('a'), await w.stateOf('b')]).toEqual(['completed', 'completed']);
  });
});

describe('an idempotency key of an older version', () => {
  it.each([
    [
      'with a hash in any order of keys',
      (kind: TaskClass) => hash53(canonicalText(kind) + '{"payload":{"a":2,"b":1}}'),
    ],
    [
      'with a hash in its own order',
      (kind: TaskClass) => hash53(JSON.stringify(kind) + '{"payload":{"b":1,"a":2}}'),
    ],
  ])('is recognised %s, and tells another task apart', async (_, hashOf) => {
    const w = await world();
    const task = aTask({ idempotencyKey: 'k', payload: { b: 1, a: 2 } });
    const [id = ''] = await w.submit(task);
    const state = w.engine.cell?.state;
    const entry = state?.keys.get('default', 'k', w.now);
    const row = state?.table.get(id);
    if (!entry || !row) throw new Error('the key is not there');
    state?.keys.set('default', 'k', { ...entry, hash: hashOf(row.class) });
    expect(await w.trySubmit(task)).toMatchObject({ id, duplicate: true });
    const other = { ...task, payload: { b: 1, a: 3 } };
    expect(await w.trySubmit(other)).toMatchObject({ error: { code: 'IDEMPOTENCY_CONFLICT' } });
  });
});

const checkpoint = (seq: number, state: unknown, hash: string): LeaseStep => ({
  kind: 'checkpoint',
  seq,
  hash,
  version: '1',
  bytes: 10,
  state,
});

/** The checkpoint from which a task goes on that had these. */
const resumedFrom = async (w: World, worker: ScriptedWorker, ...steps: readonly LeaseStep[]) => {
  await w.submit(aTask({ id: 'low', band: 'low' }));
  await w.advance(1_000);
  for (const step of steps)
    await w.ask((api, reply) => api.workers.recordStep(worker.session, ['low', 1], step, reply));
  await w.submit(aTask({ id: 'urgent', band: 'critical' }));
  await worker.end('low', { outcome: 'yielded' });
  await worker.complete('urgent');
  await w.advance(1_100);
  return worker.assigned.at(-1)?.resume?.checkpoint?.seq;
};

describe('a resume', () => {
  const [older, newer] = [{ 10: 1, 9: 2 }, { done: 2 }];
  const wrong = 'a'.repeat(64);

  it.each([
    ['the latest checkpoint', sha256Hex('{"10":1,"9":2}'), sha256Hex('{"done":2}'), 2],
    ['the one before when the latest was changed', sha256Hex('{"10":1,"9":2}'), wrong, 1],
    ['the one before with the hash of an older worker', sha256Hex(canonicalJson(older)), wrong, 1],
    ['the latest when both were changed: the worker starts from zero', wrong, wrong, 2],
  ])('is from %s', async (_, one, two, seq) => {
    const w = await world({ preemption: DEFAULT_POLICY });
    const worker = await w.worker();
    const steps = [checkpoint(1, older, one), checkpoint(2, newer, two)];
    expect(await resumedFrom(w, worker, ...steps)).toBe(seq);
  });
});
