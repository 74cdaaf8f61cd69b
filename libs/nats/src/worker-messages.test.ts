import {
  LIMITS,
  byeSchema,
  drainingSchema,
  heartbeatSchema,
  progressSchema,
  reportSchema,
} from '@precedent/contracts';
import { describe, expect, it } from 'vitest';
import { readWorkerMessage } from './worker-messages.ts';

const read = (message: unknown, bytes = 100) => readWorkerMessage(message, bytes);

/** Messages that the schemas of the contract take, one for each way they can differ. */
const GOOD = [
  { kind: 'heartbeat', session: 's1', running: [] },
  { kind: 'heartbeat', session: 's1', running: [['t1', 3]], quiet: [['t1', 3, 250.5]] },
  { kind: 'progress', session: 's1', id: 't1', epoch: 2, fraction: 0.5 },
  { kind: 'progress', session: 's1', id: 't1', epoch: 2, fraction: 1, message: 'done' },
  { kind: 'report', session: 's1', settled: [] },
  {
    kind: 'report',
    session: 's1',
    settled: [{ id: 't1', epoch: 1, outcome: 'completed', result: { a: [1] } }],
  },
  { kind: 'report', session: 's1', settled: [{ id: 't1', epoch: 1, outcome: 'returned' }] },
  {
    kind: 'report',
    session: 's1',
    settled: [
      {
        id: 't1',
        epoch: 1,
        outcome: 'failed',
        error: {
          code: 'HANDLER_FAILED',
          message: 'no',
          name: 'TypeError',
          retryable: false,
          details: { a: 1 },
        },
      },
    ],
  },
  { kind: 'draining', session: 's1' },
  { kind: 'bye', session: 's1' },
];

/** Messages that they refuse. */
const BAD = [
  null,
  [],
  'hello',
  { kind: 'heartbeat', running: [] },
  { kind: 'heartbeat', session: 's "1"', running: [] },
  { kind: 'heartbeat', session: 's'.repeat(65), running: [] },
  { kind: 'heartbeat', session: 's1', running: [['t1']] },
  { kind: 'heartbeat', session: 's1', running: [['t1', '1']] },
  { kind: 'heartbeat', session: 's1', running: [['t1', 1.5]] },
  { kind: 'heartbeat', session: 's1', running: 'none' },
  { kind: 'heartbeat', session: 's1', running: [], quiet: [['t1', 1]] },
  { kind: 'heartbeat', session: 's1', running: [], quiet: [['t1', 1, null]] },
  { kind: 'heartbeat', session: 's1', running: [], suspended: [['t1', 1]] },
  { kind: 'heartbeat', session: 's1', running: [], suspended: [['t1', 1, 7]] },
  { kind: 'progress', session: 's1', id: 't1', epoch: 2, fraction: 1.5 },
  { kind: 'progress', session: 's1', id: 7, epoch: 2, fraction: 0.5 },
  { kind: 'report', session: 's1' },
  { kind: 'report', session: 's1', settled: [{ id: 't1', outcome: 'completed' }] },
  { kind: 'report', session: 's1', settled: [{ id: 't1', epoch: 1, outcome: 'finished' }] },
  { kind: 'report', session: 's1', settled: [{ id: 't1', epoch: 1, outcome: 'failed', error: 'no' }] },
  {
    kind: 'report',
    session: 's1',
    settled: [{ id: 't1', epoch: 1, outcome: 'failed', error: { code: 'X', message: '' } }],
  },
  {
    kind: 'report',
    session: 's1',
    settled: [
      { id: 't1', epoch: 1, outcome: 'failed', error: { code: 'INTERNAL', message: '', retryable: 1 } },
    ],
  },
];

const SCHEMAS = [heartbeatSchema, progressSchema, reportSchema, byeSchema, drainingSchema];

describe('the hand-made checks of what workers say', () => {
  it.each(GOOD)('take what the schemas take: %j', (message) => {
    expect(SCHEMAS.some((schema) => schema.safeParse(message).success)).toBe(true);
    expect(read(message).kind).toBe(message.kind);
  });

  it.each(BAD.map((message) => ({ message })))('refuse what the schemas refuse: $message', ({ message }) => {
    expect(SCHEMAS.some((schema) => schema.safeParse(message).success)).toBe(false);
    expect(read(message)).toMatchObject({ kind: 'bad', problem: { code: 'INVALID_REQUEST' } });
  });

  it('pass reports and heartbeats on as they are', () => {
    const settled = [{ id: 't1', epoch: 1, outcome: 'completed', result: { deep: [1, { x: null }] } }];
    expect(read({ kind: 'report', session: 's1', settled })).toEqual({
      kind: 'report',
      session: 's1',
      settled,
    });
    expect(read({ kind: 'heartbeat', session: 's1', running: [['t1', 3]] })).toEqual({
      kind: 'heartbeat',
      session: 's1',
      running: [['t1', 3]],
      quiet: [],
      frozen: [],
    });
    const suspended = [['t1', 3, 'D1']];
    expect(read({ kind: 'heartbeat', session: 's1', running: [['t1', 3]], suspended })).toMatchObject({
      frozen: suspended,
    });
  });

  it('make a failure of a result over the limit, and leave the others alone', () => {
    const large = { id: 't1', epoch: 1, outcome: 'completed', result: 'x'.repeat(LIMITS.resultBytes) };
    const small = { id: 't2', epoch: 1, outcome: 'completed', result: 'x' };
    const message = { kind: 'report', session: 's1', settled: [large, small] };
    const says = read(message, JSON.stringify(message).length);
    expect(says).toMatchObject({
      settled: [
        { id: 't1', outcome: 'failed', error: { code: 'RESULT_TOO_LARGE', retryable: false } },
        small,
      ],
    });
  });

  it('shorten an error message over the limit', () => {
    const error = { code: 'HANDLER_FAILED', message: 'x'.repeat(LIMITS.errorMessageChars + 10) };
    const message = {
      kind: 'report',
      session: 's1',
      settled: [{ id: 't', epoch: 1, outcome: 'failed', error }],
    };
    const says = read(message, JSON.stringify(message).length);
    if (says.kind !== 'report') throw new Error('expected a report');
    expect(says.settled[0]?.error?.message).toHaveLength(LIMITS.errorMessageChars);
  });

  it('drop the details of an error that are too large', () => {
    const error = { code: 'COMMAND_FAILED', message: 'exit 1', details: { tail: 'x'.repeat(70_000) } };
    const says = read(
      { kind: 'report', session: 's1', settled: [{ id: 't', epoch: 1, outcome: 'failed', error }] },
      70_100,
    );
    expect(says).toMatchObject({ settled: [{ error: { code: 'COMMAND_FAILED', message: 'exit 1' } }] });
    expect(JSON.stringify(says)).not.toContain('tail');
  });

  it('check hello by its schema', () => {
    const hello = {
      session: 's1',
      worker: 'w1',
      version: '1.0.0',
      types: ['command'],
      pools: ['default'],
      labels: { zone: 'a' },
      resources: { cpu: 2 },
      slots: 4,
      running: [['t1', 2]],
    };
    expect(read({ kind: 'hello', ...hello })).toEqual({ kind: 'hello', hello });
    expect(read({ kind: 'hello', ...hello, slots: 0 })).toMatchObject({
      kind: 'bad',
      problem: { issues: [{ field: 'slots' }] },
    });
  });
});
