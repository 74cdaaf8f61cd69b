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

const read = (message: unknown) => readText(JSON.stringify(message));
const readText = (text: string) => readWorkerMessage(Buffer.from(text));

const reportOf = (lease: string): string =>
  `{"kind":"report","session":"s1","settled":[{"id":"t0","epoch":1,"outcome":"completed"},${lease}]}`;
const stepOf = (step: string): string => `{"kind":"keep","session":"s1","id":"t1","epoch":1,"step":${step}}`;
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const nestedValue = (levels: number): unknown => JSON.parse(nested(levels));
const HASH = 'a'.repeat(64);

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

describe('the hand-written checks of messages of workers', () => {
  it.each(GOOD)('take what the schemas take: %j', (message) => {
    expect(SCHEMAS.some((schema) => schema.safeParse(message).success)).toBe(true);
    expect(read(message).kind).toBe(message.kind);
  });

  it.each(BAD.map((message) => ({ message })))('refuse what the schemas refuse: $message', ({ message }) => {
    expect(SCHEMAS.some((schema) => schema.safeParse(message).success)).toBe(false);
    expect(read(message)).toMatchObject({ kind: 'invalid', problem: { code: 'INVALID_REQUEST' } });
  });

  it.each([
    ['{"id":"t1","epoch":1,"outcome":"done"}', 'settled.1.outcome', /expected one of/],
    [
      '{"id":"t1","epoch":1,"outcome":"failed","error":{"code":"X","message":""}}',
      'settled.1.error.code',
      /"X"/,
    ],
    [
      `{"id":"t1","epoch":1,"outcome":"failed","error":{"code":"INTERNAL","message":"","name":"${'n'.repeat(101)}"}}`,
      'settled.1.error.name',
      /<=100/,
    ],
    ['null', 'settled.1', /expected object/],
  ])('say of %s which field is wrong, and what was expected', (lease, field, message) => {
    expect(readText(reportOf(lease))).toMatchObject({
      kind: 'invalid',
      problem: { issues: [{ field, message: expect.stringMatching(message) }] },
    });
  });

  it('pass reports and heartbeats on as they are', () => {
    const settled = [{ id: 't1', epoch: 1, outcome: 'completed', result: { deep: [1, { x: null }] } }];
    expect(read({ kind: 'report', session: 's1', settled })).toEqual({
      kind: 'report',
      session: 's1',
      settled,
      started: [],
    });
    expect(read({ kind: 'report', session: 's1', settled: [], started: [['t2', 4]] })).toMatchObject({
      started: [['t2', 4]],
    });
    expect(read({ kind: 'report', session: 's1', settled: [], started: [['t2']] })).toMatchObject({
      problem: { code: 'INVALID_REQUEST' },
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
    const says = read(message);
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
    const says = read(message);
    if (says.kind !== 'report') throw new Error('expected a report');
    expect(says.settled[0]?.error?.message).toHaveLength(LIMITS.errorMessageChars);
  });

  it('drop the details of an error that are too large', () => {
    const error = { code: 'COMMAND_FAILED', message: 'exit 1', details: { tail: 'x'.repeat(70_000) } };
    const says = read({
      kind: 'report',
      session: 's1',
      settled: [{ id: 't', epoch: 1, outcome: 'failed', error }],
    });
    expect(says).toMatchObject({ settled: [{ error: { code: 'COMMAND_FAILED', message: 'exit 1' } }] });
    expect(JSON.stringify(says)).not.toContain('tail');
  });

  it('keep only the fields of an error', () => {
    const error = {
      code: 'HANDLER_FAILED',
      message: 'no',
      junk: 1,
      issues: [{ field: 'a', message: 'b' }, 7],
    };
    const says = read({
      kind: 'report',
      session: 's1',
      settled: [{ id: 't', epoch: 1, outcome: 'failed', error }],
    });
    expect(says).toMatchObject({
      settled: [{ error: { code: 'HANDLER_FAILED', message: 'no', issues: [{ field: 'a', message: 'b' }] } }],
    });
    expect(JSON.stringify(says)).not.toContain('junk');
  });

  it('fail the one lease of a report whose result is not what it says, with the field', () => {
    const says = readText(
      reportOf('{"id":"t1","epoch":1,"outcome":"completed","result":{"ids":[1,12345678901234567890]}}'),
    );
    expect(says).toMatchObject({
      settled: [
        { id: 't0', outcome: 'completed' },
        {
          id: 't1',
          outcome: 'failed',
          error: { code: 'HANDLER_FAILED', retryable: false, issues: [{ field: 'result.ids.1' }] },
        },
      ],
    });
  });

  it('fail the one lease of a report whose result is nested too deeply', () => {
    const lease = (result: string): string =>
      reportOf(`{"id":"t1","epoch":1,"outcome":"completed","result":${result}}`);
    expect(readText(lease(nested(LIMITS.depth)))).toMatchObject({ settled: [{}, { outcome: 'completed' }] });
    for (const levels of [LIMITS.depth + 1, 100_000])
      expect(readText(lease(nested(levels)))).toMatchObject({
        settled: [{ outcome: 'completed' }, { outcome: 'failed', error: { code: 'RESULT_TOO_LARGE' } }],
      });
  });

  it('measure a result as it is written again', () => {
    const numbers = Array.from({ length: 50_000 }, () => '1e20').join(',');
    const says = readText(reportOf(`{"id":"t1","epoch":1,"outcome":"completed","result":[${numbers}]}`));
    expect(says).toMatchObject({ settled: [{}, { outcome: 'failed', error: { code: 'RESULT_TOO_LARGE' } }] });
  });

  it('replace halves of characters, because the report cannot be requested again', () => {
    const says = readText(
      reportOf(String.raw`{"id":"t1","epoch":1,"outcome":"completed","result":"a\ud83d"}`),
    );
    expect(says).toMatchObject({ settled: [{}, { outcome: 'completed', result: 'a\ufffd' }] });
  });

  it.each([
    [
      'a state over the limit',
      stepOf(
        `{"kind":"checkpoint","seq":1,"hash":"${HASH}","version":"","bytes":1,"state":"${'x'.repeat(LIMITS.checkpointInlineBytes)}"}`,
      ),
      'PAYLOAD_TOO_LARGE',
      'step.state',
    ],
    [
      'a state nested too deeply',
      stepOf(
        `{"kind":"checkpoint","seq":1,"hash":"${HASH}","version":"","bytes":1,"state":${nested(LIMITS.depth + 1)}}`,
      ),
      'INVALID_REQUEST',
      'step.state',
    ],
    [
      'a state nested so deeply that no code may follow it',
      stepOf(
        `{"kind":"checkpoint","seq":1,"hash":"${HASH}","version":"","bytes":1,"state":${nested(100_000)}}`,
      ),
      'INVALID_REQUEST',
      'message',
    ],
    [
      'a rollback action over the limit',
      stepOf(`{"kind":"undo","seq":1,"name":"n","payload":"${'x'.repeat(LIMITS.rollbackBytes)}"}`),
      'PAYLOAD_TOO_LARGE',
      'step.payload',
    ],
    [
      'a rollback action nested too deeply',
      stepOf(`{"kind":"undo","seq":1,"name":"n","payload":${nested(LIMITS.depth + 1)}}`),
      'INVALID_REQUEST',
      'step.payload',
    ],
    [
      'a state with a number that is not what it says',
      stepOf(`{"kind":"checkpoint","seq":1,"hash":"${HASH}","version":"","bytes":1,"state":[1e999]}`),
      'INVALID_REQUEST',
      'step.state.0',
    ],
  ])('refuse %s', (_, text, code, field) => {
    expect(readText(text)).toMatchObject({ kind: 'invalid', problem: { code, issues: [{ field }] } });
  });

  it('take a state at the limits', () => {
    const state = `"${'x'.repeat(LIMITS.checkpointInlineBytes - 2)}"`;
    for (const one of [state, nested(LIMITS.depth)])
      expect(
        readText(
          stepOf(`{"kind":"checkpoint","seq":1,"hash":"${HASH}","version":"","bytes":1,"state":${one}}`),
        ).kind,
      ).toBe('keep');
  });

  it('keep as much of the error of a rollback action as may be kept of a thousand', () => {
    const error = { code: 'INTERNAL', message: 'ä'.repeat(5_000), details: { a: 1 } };
    const says = read({
      kind: 'keep',
      session: 's1',
      id: 't1',
      epoch: 1,
      step: { kind: 'undone', seq: 1, of: 1, error },
    });
    expect(says).toMatchObject({
      step: { error: { code: 'INTERNAL', message: 'ä'.repeat(LIMITS.rollbackErrorBytes / 2) } },
    });
    expect(JSON.stringify(says)).not.toContain('details');
  });

  it('show only the beginning of a long value', () => {
    for (const message of [
      { kind: 'x'.repeat(100_000), session: 's1' },
      { kind: nestedValue(200), session: 's1' },
      { session: { a: 'x'.repeat(100_000) } },
    ]) {
      const says = read(message);
      if (says.kind !== 'invalid') throw new Error('expected a refusal');
      expect(JSON.stringify(says).length).toBeLessThan(600);
    }
  });

  it('refuse what is no UTF-8 and no JSON', () => {
    expect(readWorkerMessage(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({
      problem: { message: 'the message is not UTF-8' },
    });
    expect(readText('{')).toMatchObject({ problem: { message: 'the message is not JSON' } });
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
      kind: 'invalid',
      problem: { issues: [{ field: 'slots' }] },
    });
  });
});
