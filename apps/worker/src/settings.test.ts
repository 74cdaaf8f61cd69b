import { expect, test } from 'vitest';
import { connectOptionsOf, loadConfig } from '@precedent/config';
import { BUILTIN_TYPES } from '@precedent/contracts';
import { executorsOf } from './executors.ts';
import { defaultName, workerOptionsOf, stopTimesOf } from './settings.ts';

const builtins = { of: () => () => Promise.resolve() };
const parts = { checkpointRoot: '/tmp', builtins, secrets: () => Promise.resolve(undefined) };
const configOf = (overrides: Record<string, unknown> = {}) => loadConfig({ cwd: '/tmp', env: {}, overrides });

test('the default name is the same after a restart, another for other data, and fits', () => {
  expect(defaultName('build.host', '/data/a')).toBe(defaultName('build.host', '/data/a'));
  expect(defaultName('build.host', '/data/a')).not.toBe(defaultName('build.host', '/data/b'));
  expect(defaultName(`ö.${'x'.repeat(300)}`, '/data')).toMatch(/^[A-Za-z0-9_-]{64}$/);
});

test('without a URL the worker looks for the server where it would be started', () => {
  expect(connectOptionsOf(configOf({ 'nats.port': 4333 }), 'w').servers).toBe('nats://127.0.0.1:4333');
  expect(connectOptionsOf(configOf({ 'nats.url': 'nats://a:1,nats://b:2' }), 'w').servers).toEqual([
    'nats://a:1',
    'nats://b:2',
  ]);
});

test('credentials are handed over as they are', () => {
  const options = connectOptionsOf(configOf({ 'nats.user': 'u', 'nats.password': 'p' }), 'w');
  expect(options).toMatchObject({ user: 'u', pass: 'p', root: 'precedent.v1', cell: 'main' });
});

test('the offer is what is configured', () => {
  const config = configOf({ 'execution.maxConcurrent': 3, 'worker.types': 'http', 'worker.pools': 'a,b' });
  expect(workerOptionsOf(config, 'w')).toMatchObject({
    name: 'w',
    types: ['http'],
    slots: 3,
    pools: ['a', 'b'],
  });
  expect(Object.keys(executorsOf(config.worker, parts))).toEqual(['http']);
});

test('every type that is configured by default is built in', () => {
  const types = Object.keys(executorsOf(configOf().worker, parts));
  expect(types).toEqual(configOf().worker.types);
  expect(types.toSorted()).toEqual(['command', ...Object.keys(BUILTIN_TYPES)].toSorted());
});

test('a type that is not built in is refused with the nearest one', () => {
  expect(() => executorsOf(configOf({ 'worker.types': 'comand' }).worker, parts)).toThrow(
    expect.objectContaining({
      code: 'INVALID_CONFIG',
      message: expect.stringMatching(
        /^worker.types: comand is not built in: command, http, .*; did you mean command\?$/,
      ),
    }),
  );
});

test('a stop fits into the times that the parent process waits', () => {
  const { drainMs, graceMs, leaveMs } = stopTimesOf(configOf());
  expect(drainMs + graceMs + 2 * leaveMs).toBe(30_000);
  expect(graceMs + 2 * leaveMs).toBe(5_000);
});
