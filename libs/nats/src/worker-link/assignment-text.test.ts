import type { AssignMessage } from '@precedent/contract-types';
import type { AssignedLease } from '@precedent/ports';
import type { TaskClass } from '@precedent/tasks';
import { describe, expect, it } from 'vitest';
import { assignMessages } from './assignment-text.ts';

const CLASS: TaskClass = {
  namespace: 'acme',
  project: 'web',
  type: 'document.process',
  band: 'high',
  pool: 'default',
  labels: { team: 'a "b"' },
  resources: {},
  timeouts: { queue: 1, attempt: 2_000, total: 3, heartbeat: 400, grace: 5_000 },
  retry: { max: 0, delay: 0, backoff: 1, maxDelay: 0, jitter: 0, nonRetryable: [] },
};

const aLease = (id: string, payload: unknown, taskClass = CLASS): AssignedLease => ({
  id,
  epoch: 7,
  attempt: 2,
  class: taskClass,
  body: JSON.stringify({ name: 'größe', payload }),
});

const tasksOf = (texts: readonly string[]) =>
  texts.flatMap((text) => (JSON.parse(text) as AssignMessage).tasks);

describe('the text of an assignment', () => {
  it('is the assignment of the protocol', () => {
    expect(tasksOf(assignMessages([aLease('t1', { a: 1 })], 1_048_576))).toEqual([
      {
        id: 't1',
        epoch: 7,
        attempt: 2,
        namespace: 'acme',
        project: 'web',
        type: 'document.process',
        band: 'high',
        attemptMs: 2_000,
        graceMs: 5_000,
        heartbeatMs: 400,
        labels: { team: 'a "b"' },
        task: { name: 'größe', payload: { a: 1 } },
      },
    ]);
  });

  it('holds the digest of its task where there is one', () => {
    const digest = 'd'.repeat(64);
    const [task, older] = tasksOf(
      assignMessages([{ ...aLease('t1', 1), digest }, aLease('t2', 2)], 1_048_576),
    );
    expect(task).toMatchObject({ id: 't1', task: { payload: 1 }, digest });
    expect(older).not.toHaveProperty('digest');
  });

  it('holds the trace context of its run where there is one', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    const [traced, plain] = tasksOf(
      assignMessages([{ ...aLease('t1', 1), traceparent }, aLease('t2', 2)], 1_048_576),
    );
    expect(traced).toMatchObject({ id: 't1', task: { payload: 1 }, traceparent });
    expect(plain).not.toHaveProperty('traceparent');
  });

  it('leaves out labels where there are none', () => {
    const [task] = tasksOf(assignMessages([aLease('t1', 1, { ...CLASS, labels: {} })], 1_048_576));
    expect(task).not.toHaveProperty('labels');
  });

  it('puts all leases into one message while they fit', () => {
    expect(assignMessages([aLease('t1', 1), aLease('t2', 2)], 1_048_576)).toHaveLength(1);
  });

  it('splits what does not fit, in order, by bytes and not by characters', () => {
    const leases = Array.from({ length: 20 }, (_, i) => aLease(`t${i}`, '更'.repeat(1_000)));
    const texts = assignMessages(leases, 16_384);
    expect(texts.length).toBeGreaterThan(3);
    expect(Math.max(...texts.map((text) => Buffer.byteLength(text)))).toBeLessThanOrEqual(16_384 - 512);
    expect(tasksOf(texts).map(({ id }) => id)).toEqual(leases.map(({ id }) => id));
  });

  it('does not split for fear of wide characters that are not there', () => {
    const leases = Array.from({ length: 10 }, (_, i) => aLease(`t${i}`, 'x'.repeat(1_000)));
    expect(assignMessages(leases, 16_384)).toHaveLength(1);
  });
});
