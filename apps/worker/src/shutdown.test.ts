import { expect, test } from 'vitest';
import type { ExecutorContext } from '@precedent/ports';
import { shutdown } from './shutdown.ts';
import { attemptTracker } from './executors.ts';

const never = (): Promise<never> => new Promise(() => undefined);

const setup = (over: { drain?: () => Promise<void>; drainMs?: number; stopped?: () => void } = {}) => {
  const steps: string[] = [];
  const step = (name: string) => (): Promise<void> => {
    steps.push(name);
    return Promise.resolve();
  };
  const watch = attemptTracker();
  const end = shutdown({
    times: { drainMs: over.drainMs ?? 1_000_000, graceMs: 1_000, leaveMs: 1_000 },
    attempts: watch,
    drain: over.drain ?? step('drain'),
    stop: () => {
      over.stopped?.();
      return step('stop')();
    },
    close: step('close'),
  });
  return { steps, watch, end };
};

const contextWith = (signal: AbortSignal): ExecutorContext => ({
  signal,
  yieldSignal: new AbortController().signal,
  resume: undefined,
  checkpoint: () => Promise.resolve(),
  suspendable: () => undefined,
  progress: () => undefined,
  heartbeat: () => undefined,
  log: () => undefined,
});

const job = { id: 'a', epoch: 1, attempt: 1, namespace: 'n', project: 'p', type: 't', task: {} };

test('drains, stops and closes, in this order and once', async () => {
  const { steps, end } = setup();
  expect(end.begun).toBe(false);
  await Promise.all([end.finish(), end.finish(), end.force()]);
  expect(steps).toEqual(['drain', 'stop', 'close']);
  expect(end.begun).toBe(true);
});

test('force does not wait for the drain', async () => {
  const { steps, end } = setup({ drain: never });
  const finished = end.finish();
  await end.force();
  await finished;
  expect(steps).toEqual(['stop', 'close']);
});

test('a drain that takes too long is given up', async () => {
  const { steps, end } = setup({ drain: never, drainMs: 1 });
  await end.finish();
  expect(steps).toEqual(['stop', 'close']);
});

test('a step that fails does not keep the others', async () => {
  const { steps, end } = setup({ drain: () => Promise.reject(new Error('no')) });
  await end.finish();
  expect(steps).toEqual(['stop', 'close']);
});

test('the connection is closed only when the attempts have ended that are still being ended', async () => {
  const gate = Promise.withResolvers<void>();
  const { steps, watch, end } = setup({ stopped: () => setImmediate(gate.resolve) });
  const ran = watch.tracked(async () => {
    await gate.promise;
    steps.push('attempt ended');
  })(job, contextWith(new AbortController().signal));
  await end.force();
  await ran;
  expect(steps).toEqual(['drain', 'stop', 'attempt ended', 'close']);
});

test('once the worker hurries, no attempt gets more grace than that', () => {
  const watch = attemptTracker();
  const reasons: unknown[] = [];
  const abortWith = (graceMs: number): void => {
    const controller = new AbortController();
    void watch.tracked(async (_, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason));
    })(job, contextWith(controller.signal));
    controller.abort({ reason: 'shutdown', graceMs });
  };
  abortWith(5_000);
  watch.limitGrace(100);
  abortWith(5_000);
  abortWith(20);
  expect(reasons).toEqual([5_000, 100, 20].map((graceMs) => ({ reason: 'shutdown', graceMs })));
});
