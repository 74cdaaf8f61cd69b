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
const load = {
  kind: 'load',
  session: 'S1',
  cpu: 0.91,
  memory: 0.5,
  disk: 0,
  ioWait: 1,
  level: 'high',
  recommended: 2,
  throttled: ['low'],
};
const report = {
  kind: 'report',
  session: 'S1',
  settled: [settled, { id: 'T2', epoch: 1, outcome: 'completed', result: [1] }],
};
const checkpoint = {
  kind: 'checkpoint',
  seq: 1,
  hash: 'ab'.repeat(32),
  version: '1',
  bytes: 13,
  state: { at: [1, null] },
  fraction: 0.5,
};
const rollback = { kind: 'undo', seq: 2, name: 'delete.file', payload: { path: 'x' } };
const rollbackResult = { kind: 'undone', seq: 3, of: 2 };
const keep = { kind: 'keep', session: 'S1', id: 'T1', epoch: 3, step: checkpoint };
const atomic = { kind: 'atomic', session: 'S1', id: 'T1', epoch: 3, maxMs: 5_000 };
const stored = { ...checkpoint, state: undefined, bytes: 67_108_864, ref: 'T1/3/0' };

describe('a message of a worker', () => {
  it.each([
    [hello],
    [heartbeat],
    [progress],
    [{ ...progress, message: 'x'.repeat(501) }],
    [load],
    [report],
    [keep],
    [{ ...keep, step: stored }],
    [{ ...keep, step: rollback }],
    [{ ...keep, step: rollbackResult }],
    [{ ...keep, step: { ...rollbackResult, ofEpoch: 2 } }],
    [{ ...keep, step: { ...rollbackResult, error: { code: 'HANDLER_FAILED', message: 'no such file' } } }],
    [atomic],
    [{ ...atomic, maxMs: 0 }],
    [{ ...report, settled: [{ id: 'T1', epoch: 3, outcome: 'yielded' }] }],
    [{ kind: 'bye', session: 'S1' }],
    [{ kind: 'draining', session: 'S1' }],
  ])('passes unchanged: %j', (message) => {
    expect(workerMessageSchema.parse(message)).toEqual(message);
  });

  it('of a newer worker passes without the fields that are not known yet', () => {
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
    [{ ...load, cpu: 1.01 }, 'cpu'],
    [{ ...load, level: 'fine' }, 'level'],
    [{ ...load, recommended: 0 }, 'recommended'],
    [{ ...load, throttled: ['lowest'] }, 'throttled.0'],
    [{ ...report, settled: [{ ...settled, outcome: 'skipped' }] }, 'settled.0.outcome'],
    [{ ...report, settled: [{ ...settled, epoch: '3' }] }, 'settled.0.epoch'],
    [
      { ...report, settled: [{ ...settled, error: { code: 'ENOENT', message: '' } }] },
      'settled.0.error.code',
    ],
    [{ ...keep, session: 'a.b' }, 'session'],
    [{ ...keep, epoch: 1.5 }, 'epoch'],
    [{ ...keep, step: { ...checkpoint, kind: 'milestone' } }, 'step.kind'],
    [{ ...keep, step: { ...checkpoint, seq: 0 } }, 'step.seq'],
    [{ ...keep, step: { ...checkpoint, hash: 'AB'.repeat(32) } }, 'step.hash'],
    [{ ...keep, step: { ...checkpoint, version: 'x'.repeat(65) } }, 'step.version'],
    [{ ...keep, step: { ...checkpoint, bytes: 67_108_865 } }, 'step.bytes'],
    [{ ...keep, step: { ...checkpoint, fraction: 1.01 } }, 'step.fraction'],
    [{ ...keep, step: { ...stored, ref: 'x'.repeat(201) } }, 'step.ref'],
    [{ ...keep, step: { ...rollback, name: '' } }, 'step.name'],
    [{ ...keep, step: { ...rollback, name: 'x'.repeat(101) } }, 'step.name'],
    [{ ...keep, step: { ...rollbackResult, of: 0 } }, 'step.of'],
    [{ ...keep, step: { ...rollbackResult, ofEpoch: 1.5 } }, 'step.ofEpoch'],
    [{ ...keep, step: { ...rollbackResult, error: { code: 'ENOENT', message: '' } } }, 'step.error.code'],
    [{ ...atomic, maxMs: -1 }, 'maxMs'],
    [{ ...atomic, maxMs: 60_001 }, 'maxMs'],
  ])('is refused with the field, case %#', (message, at) => {
    expect(fieldsOf(message)).toEqual([at]);
  });

  it('is refused when a machine has negative resources', () => {
    const resources = { cpu: -1, memoryMb: -1, gpu: -1 };
    expect(fieldsOf({ ...hello, resources })).toEqual([
      'resources.cpu',
      'resources.memoryMb',
      'resources.gpu',
    ]);
  });
});
