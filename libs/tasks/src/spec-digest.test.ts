import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyDigestOf, specDigestOf } from './spec-digest.ts';
import { jobBodyOf } from './task-class.ts';
import type { TaskClass } from './task-class.ts';
import { aClass } from './task.arbitraries.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url');
const digestOf = (given: Partial<TaskClass>, task: object): string =>
  specDigestOf(aClass(given), [jobBodyOf(task), JSON.stringify(jobBodyOf(task))], sha256);

describe('the digest of a task', () => {
  it('is the SHA-256 of its RFC 8785 text', () => {
    const { namespace, project, type, band } = aClass();
    const spec = {
      band,
      labels: { x: '1', y: '2' },
      namespace,
      project,
      task: { payload: { a: 1, b: 2 } },
      type,
    };
    expect(digestOf({ labels: { y: '2', x: '1' } }, { payload: { b: 2, a: 1 } })).toBe(
      sha256(JSON.stringify(spec)),
    );
  });

  it('is not taken for that of other names that make the same text', () => {
    const one = digestOf({ namespace: 'a","project":"b', project: 'c' }, {});
    expect(digestOf({ namespace: 'a', project: 'b","project":"c' }, {})).not.toBe(one);
  });

  it('is the same for a repetition with other trace context and another order of keys', () => {
    const one = digestOf(
      { labels: { a: '1', b: '2' } },
      { payload: { x: { 10: 1, 9: 2 } }, traceparent: 'p' },
    );
    const two = digestOf(
      { labels: { b: '2', a: '1' } },
      { payload: { x: { 9: 2, 10: 1 } }, traceparent: 'q' },
    );
    expect(two).toBe(one);
  });

  it('is another one when anything else differs', () => {
    const task = {
      name: 'n',
      payload: { traceparent: 'x' },
      command: 'c',
      args: ['1'],
      cwd: '/',
      env: { A: '1' },
    };
    const others = [
      digestOf({}, task),
      digestOf({ namespace: 'other' }, task),
      digestOf({ band: 'critical' }, task),
      digestOf({ labels: { a: 'b' } }, task),
      ...[
        { name: 'm' },
        { payload: { traceparent: 'y' } },
        { command: 'd' },
        { args: ['1', '2'] },
        { cwd: '/a' },
        { env: { A: '2' } },
      ].map((change) => digestOf({}, { ...task, ...change })),
    ];
    expect(new Set(others).size).toBe(others.length);
  });
});

describe('the digest of an idempotency key', () => {
  it('covers all of the class', () => {
    const digest = digestOf({}, {});
    const one = keyDigestOf(aClass(), digest, sha256);
    const { timeouts } = aClass();
    expect(keyDigestOf(aClass({ timeouts: { ...timeouts } }), digest, sha256)).toBe(one);
    expect(keyDigestOf(aClass({ timeouts: { ...timeouts, queue: 1 } }), digest, sha256)).not.toBe(one);
    expect(keyDigestOf(aClass(), digestOf({}, { payload: 1 }), sha256)).not.toBe(one);
  });
});
