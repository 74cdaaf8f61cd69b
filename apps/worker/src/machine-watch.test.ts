import { loadConfig } from '@precedent/config';
import { DEFAULT_LOAD_RULES } from '@precedent/work';
import { expect, test } from 'vitest';
import { rulesOf } from './machine-watch.ts';

const loadOf = (env: Readonly<Record<string, string>>) => loadConfig({ cwd: '/', env }).worker.load;

test('the thresholds of the configuration are those of the rules, in shares', () => {
  expect(rulesOf(loadOf({}))).toEqual(DEFAULT_LOAD_RULES);
  const env = { PRECEDENT_WORKER_LOAD_CPU: '95', PRECEDENT_WORKER_LOAD_IO_WAIT: '50' };
  expect(rulesOf(loadOf(env)).thresholds).toEqual({ cpu: 0.95, memory: 0.8, disk: 0.9, ioWait: 0.5 });
});

test('a threshold that is no percentage is refused with its key', () => {
  const wrong = () => loadOf({ PRECEDENT_WORKER_LOAD_DISK: '101' });
  expect(wrong).toThrow(expect.objectContaining({ code: 'INVALID_CONFIG' }));
});
