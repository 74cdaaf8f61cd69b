import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BANDS, ORIGINS } from '@precedent/kernel';
import { aPolicy, json } from './task.arbitraries.ts';
import { classKey, classOf, jobBodyOf } from './task-class.ts';
import type { Submission, TaskDefaults, Timeouts } from './task-class.ts';

const limits = (attempt: number): Timeouts => ({ queue: 0, attempt, total: 0, heartbeat: 0, grace: 10_000 });
const defaults: TaskDefaults = {
  namespace: 'default',
  project: 'none',
  pool: 'main',
  timeouts: { low: limits(4), normal: limits(3), high: limits(2), critical: limits(1) },
  retry: aPolicy({ max: 3 }),
};

const textOf = (task: Submission): string => JSON.stringify(jobBodyOf(task));

describe('the class of a task', () => {
  it('has every default for a task that names nothing', () => {
    expect(classOf({ command: 'make' }, defaults)).toEqual({
      namespace: 'default',
      project: 'none',
      type: 'command',
      band: 'normal',
      pool: 'main',
      labels: {},
      resources: {},
      timeouts: limits(3),
      retry: aPolicy({ max: 3 }),
    });
  });

  it('takes the band from the task, then the ingress, then the origin, and with it the timeouts of the band', () => {
    const bandOf = (task: Submission, ingressBand?: 'high'): unknown => {
      const { band, timeouts } = classOf({ type: 't', ...task }, defaults, ingressBand);
      return [band, timeouts.attempt];
    };
    expect(bandOf({ band: 'critical', origin: 'background' }, 'high')).toEqual(['critical', 1]);
    expect(bandOf({ origin: 'background' }, 'high')).toEqual(['high', 2]);
    expect(bandOf({ origin: 'background' })).toEqual(['low', 4]);
    expect(bandOf({})).toEqual(['normal', 3]);
  });

  it('fills single gaps, and treats an undefined field as a gap', () => {
    const { timeouts, retry } = classOf(
      { type: 't', timeouts: { attempt: 9, queue: undefined }, retry: { max: 0, delay: undefined } },
      defaults,
    );
    expect(timeouts).toEqual({ ...limits(9) });
    expect(retry).toEqual(aPolicy({ max: 0 }));
  });

  it('has its own rules of preemption only where the task names some', () => {
    const preemption = { mode: 'at_checkpoint', maxPreemptions: 1, preempts: false } as const;
    expect(classOf({ type: 't', preemption }, defaults).preemption).toEqual(preemption);
    expect(classOf({ type: 't' }, defaults)).not.toHaveProperty('preemption');
    expect(classKey({ type: 't', preemption })).not.toBe(classKey({ type: 't' }));
  });

  it('shares the defaults between tasks, because a million of them wait in memory', () => {
    const one = classOf({ type: 'a' }, defaults);
    const other = classOf({ type: 'b' }, defaults);
    expect(one.retry).toBe(other.retry);
    expect(one.timeouts).toBe(other.timeouts);
  });

  it('is the same for two submissions with the same key', () => {
    const few = <T>(...values: T[]): fc.Arbitrary<T | undefined> => fc.constantFrom(undefined, ...values);
    const submissions: fc.Arbitrary<Submission> = fc.record({
      namespace: few('a'),
      project: few('a'),
      type: few('a', 'command'),
      band: few(...BANDS),
      origin: few(...ORIGINS),
      pool: few('a', 'main'),
      labels: few({ a: 'b' }, {}),
      resources: few({ cpu: 1 }, { labels: { a: 'b' } }),
      timeouts: few({ attempt: 1 }, {}, { attempt: undefined }),
      retry: few({ max: 1 }, {}, { max: undefined }),
      preemption: few(
        { mode: 'never' as const },
        { mode: 'delay' as const, exempt: 1 },
        {},
        { mode: undefined },
      ),
    });
    const ingressBands = fc.option(fc.constantFrom(...BANDS), { nil: undefined });
    fc.assert(
      fc.property(fc.array(fc.tuple(submissions, ingressBands), { maxLength: 30, size: 'max' }), (given) => {
        const seen = new Map<string, unknown>();
        for (const [task, ingressBand] of given) {
          const taskClass = classOf(task, defaults, ingressBand);
          const key = classKey(task, ingressBand);
          expect(taskClass).toEqual(seen.get(key) ?? taskClass);
          seen.set(key, taskClass);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('the body of a task', () => {
  it('holds what the worker needs, and nothing of the class', () => {
    const body = {
      name: 'n',
      payload: [1],
      command: 'c',
      args: ['a'],
      cwd: '/',
      env: { A: 'b' },
      traceparent: 'x',
    };
    const text = textOf({ ...body, type: 't', band: 'low', idempotencyKey: 'k', labels: { a: 'b' } });
    expect(JSON.parse(text)).toEqual(body);
    expect(textOf({ type: 't' })).toBe('{}');
  });

  it('is the same text after it was parsed and written again', () => {
    fc.assert(
      fc.property(json, (payload) => {
        const text = textOf({ type: 't', payload });
        expect(JSON.stringify(JSON.parse(text))).toBe(text);
      }),
    );
  });
});
