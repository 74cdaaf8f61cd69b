import { describe, expect, it } from 'vitest';
import { workerMessageSchema } from './worker-protocol.ts';

const fieldsOf = (message: unknown): string[] =>
  (workerMessageSchema.safeParse(message).error?.issues ?? []).map(({ path }) => path.join('.'));

const hello = {
  kind: 'hello',
  session: 'S1',
  worker: 'builder-1',
  version: '0.1.0',
  types: ['email.send'],
  pools: ['default'],
  labels: { zone: 'a' },
  resources: { cpu: 2 },
  slots: 4,
  running: [['T1', 3]],
};
const heartbeat = { kind: 'heartbeat', session: 'S1', running: [['T1', 3]], quiet: [['T1', 3, 250.5]] };
const progress = { kind: 'progress', session: 'S1', id: 'T1', epoch: 3, fraction: 0.5, message: 'half' };
const settled = {
  id: 'T1',
  epoch: 3,
  outcome: 'failed',
  error: { code: 'HANDLER_FAILED', message: 'x is undefined', name: 'TypeError', retryable: false },
};
const report = {
  kind: 'report',
  session: 'S1',
  settled: [settled, { id: 'T2', epoch: 1, outcome: 'completed', result: [1] }],
};

describe('a message of a worker', () => {
  it.each([
    [hello],
    [heartbeat],
    [progress],
    [report],
    [{ kind: 'bye', session: 'S1' }],
    [{ kind: 'draining', session: 'S1' }],
  ])('passes unchanged: %j', (message) => {
    expect(workerMessageSchema.parse(message)).toEqual(message);
  });

  it('of a newer worker passes too, without the fields that are not known yet', () => {
    expect(workerMessageSchema.parse({ ...heartbeat, load: 0.7 })).toEqual(heartbeat);
  });

  it.each<[message: object, at: string]>([
    [{ kind: 'wave', session: 'S1' }, 'kind'],
    [{ ...hello, session: 'a.b' }, 'session'],
    [{ ...hello, worker: 'a"b' }, 'worker'],
    [{ ...hello, worker: 'x'.repeat(65) }, 'worker'],
    [{ ...hello, types: [] }, 'types'],
    [{ ...hello, types: ['a..b'] }, 'types.0'],
    [{ ...hello, pools: ['a b'] }, 'pools.0'],
    [{ ...hello, slots: 0 }, 'slots'],
    [{ ...hello, slots: 10_001 }, 'slots'],
    [{ ...hello, running: [['T1']] }, 'running.0'],
    [{ ...hello, running: [['T1', 1.5]] }, 'running.0.1'],
    [{ ...heartbeat, quiet: [['T1', 3]] }, 'quiet.0'],
    [{ ...progress, fraction: 1.01 }, 'fraction'],
    [{ ...progress, fraction: -0.01 }, 'fraction'],
    [{ ...progress, message: 'x'.repeat(501) }, 'message'],
    [{ ...report, settled: [{ ...settled, outcome: 'skipped' }] }, 'settled.0.outcome'],
    [{ ...report, settled: [{ ...settled, epoch: '3' }] }, 'settled.0.epoch'],
    [
      { ...report, settled: [{ ...settled, error: { code: 'ENOENT', message: '' } }] },
      'settled.0.error.code',
    ],
  ])('is refused with the field, case %#', (message, at) => {
    expect(fieldsOf(message)).toEqual([at]);
  });
});
