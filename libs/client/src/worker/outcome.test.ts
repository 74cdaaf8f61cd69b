import { describe, expect, it } from 'vitest';
import { settledSchema } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { StopRequest } from './options.ts';
import { bareReport, returnedReport, thrownReport } from './outcome.ts';

const ended = (reason?: StopRequest['reason']) => ({
  id: 'a',
  epoch: 3,
  stopped: reason && { reason, graceMs: 10 },
});

/** What the engine makes of it: valid on the wire, whatever came in. */
const read = (text: string) => settledSchema.parse(JSON.parse(text));

describe('a report', () => {
  it.each([
    [undefined, 'completed', 'failed'],
    ['cancelled', 'completed', 'stopped'],
    ['timeout', 'completed', 'stopped'],
    ['shutdown', 'completed', 'returned'],
    ['lease_lost', 'stopped', 'stopped'],
  ] as const)(
    'told to stop because of %s: a return counts as %s, an error as %s',
    (reason, returned, thrown) => {
      expect(read(returnedReport(ended(reason), 1)).outcome).toBe(returned);
      expect(read(thrownReport(ended(reason), new Error('x'))).outcome).toBe(thrown);
    },
  );

  it.each([[undefined], [null], [0], [''], [{ a: [1, 'é"\\'] }], [() => 1]])(
    'keeps the result %j',
    (result) => {
      expect(read(returnedReport(ended(), result)).result).toEqual(
        JSON.parse(JSON.stringify({ result })).result,
      );
    },
  );

  it('cuts what has no bounds, and drops what cannot travel', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    const error = Object.assign(new Error('m'.repeat(10_000)), { name: 'N'.repeat(1_000) });
    expect(read(thrownReport(ended(), error)).error).toMatchObject({
      name: 'N'.repeat(100),
      message: 'm'.repeat(4_096),
    });
    const ours = new AppError('HTTP_FAILED', 'status 500', { details: loop });
    expect(read(thrownReport(ended(), ours)).error).toEqual({ code: 'HTTP_FAILED', message: 'status 500' });
  });

  it.each([
    [{ retryable: false }, false],
    [{ retryable: true }, undefined],
    [new AppError('HTTP_FAILED', 'x', { details: { retryable: false } }), false],
    ['a thrown text', undefined],
    [undefined, undefined],
  ])('of %j says whether it may be tried again', (error, retryable) => {
    expect(read(thrownReport(ended(), error)).error?.retryable).toBe(retryable);
  });

  it('counts the bytes of the result, not its characters', () => {
    expect(read(returnedReport(ended(), 'ééé', 8)).outcome).toBe('completed');
    expect(read(returnedReport(ended(), 'ééé', 7)).error?.code).toBe('RESULT_TOO_LARGE');
  });

  it('may say nothing but the outcome', () => {
    expect(read(bareReport({ id: 'a', epoch: 3 }, 'returned'))).toEqual({
      id: 'a',
      epoch: 3,
      outcome: 'returned',
    });
  });
});
