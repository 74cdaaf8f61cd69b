import { expect, test } from 'vitest';
import { aJob } from '../testing/attempt.ts';
import { environmentOf } from './environment.ts';

const checkpoint = { folder: '/c', isResumed: false, segment: 1 };
const own = { PATH: '/bin', HOME: '/root', SECRET: 'x' };

test('takes over what is on the list, and nothing else of the worker', () => {
  const env = environmentOf({ job: aJob(), own, inherit: ['PATH', 'HOME', 'LANG'], tag: 't', checkpoint });
  expect(env).toEqual({
    PATH: '/bin',
    HOME: '/root',
    PRECEDENT_TASK_ID: 'task-1',
    PRECEDENT_ATTEMPT: '2',
    PRECEDENT_EPOCH: '7',
    PRECEDENT_RUN: 't',
    PRECEDENT_CHECKPOINT_DIR: '/c',
    PRECEDENT_RESUMED: '0',
    PRECEDENT_SEGMENT: '1',
  });
});

test('the task wins over the worker, and the facts of the attempt over the task', () => {
  const job = aJob({ env: { HOME: '/mine', PRECEDENT_EPOCH: '99', A: 'b' }, traceparent: '00-1-2-01' });
  const env = environmentOf({ job, own, inherit: ['HOME'], tag: 't', checkpoint });
  expect(env).toMatchObject({ HOME: '/mine', PRECEDENT_EPOCH: '7', A: 'b', TRACEPARENT: '00-1-2-01' });
});

test('what is started goes on in the trace of the run, where it has one', () => {
  const job = { ...aJob({ traceparent: '00-1-2-01' }), traceparent: '00-1-3-01' };
  const env = environmentOf({ job, own, inherit: [], tag: 't', checkpoint });
  expect(env['TRACEPARENT']).toBe('00-1-3-01');
});

test('there is always a PATH', () => {
  expect(environmentOf({ job: aJob(), own: {}, inherit: [], tag: 't', checkpoint })['PATH']).toContain(
    '/usr/bin',
  );
});

test('the environment of a resumed attempt says so, and its task cannot change that', () => {
  const job = aJob({ env: { PRECEDENT_RESUMED: '0', PRECEDENT_CHECKPOINT_DIR: '/etc' } });
  const resumed = { folder: '/c', isResumed: true, segment: 3 };
  expect(environmentOf({ job, own, inherit: [], tag: 't', checkpoint: resumed })).toMatchObject({
    PRECEDENT_CHECKPOINT_DIR: '/c',
    PRECEDENT_RESUMED: '1',
    PRECEDENT_SEGMENT: '3',
  });
});
