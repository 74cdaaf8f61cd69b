import { describe, expect, it } from 'vitest';
import { isVerdict } from '@precedent/contract-types';
import type { z } from 'zod';
import { submitReplySchema } from './operations/submissions.ts';
import { problemSchema } from './problem.ts';
import {
  cancelRequestSchema,
  deleteRequestSchema,
  getRequestSchema,
  listRequestSchema,
  waitRequestSchema,
} from './task-requests.ts';
import { nothingSchema } from './operations/operation.ts';

const fieldsOf = (schema: z.ZodType, value: unknown): string[] =>
  (schema.safeParse(value).error?.issues ?? []).map(({ path }) => path.join('.'));

describe('a request', () => {
  it.each<[name: string, schema: z.ZodType, good: unknown]>([
    ['get', getRequestSchema, { id: 'T1' }],
    ['cancel', cancelRequestSchema, { id: 'T1' }],
    ['cancel', cancelRequestSchema, { id: 'T1', reason: 'x'.repeat(500) }],
    ['delete', deleteRequestSchema, { id: 'T1', namespace: 'shop' }],
    ['wait', waitRequestSchema, { id: 'T1', timeoutMs: 30_000 }],
    ['wait', waitRequestSchema, { id: 'T1', timeoutMs: 0 }],
    ['list', listRequestSchema, {}],
    ['list', listRequestSchema, { state: ['running'], band: ['low', 'high'], type: 'a', limit: 1_000 }],
    ['status', nothingSchema, {}],
  ])('to %s is accepted, case %#: %j', (_, schema, good) => {
    expect(fieldsOf(schema, good)).toEqual([]);
  });

  it.each<[name: string, schema: z.ZodType, bad: unknown, at: string]>([
    ['get', getRequestSchema, {}, 'id'],
    ['get', getRequestSchema, { id: 'a.b' }, 'id'],
    ['get', getRequestSchema, { id: 'T1', x: 1 }, ''],
    ['cancel', cancelRequestSchema, { id: 'T1', reason: 'x'.repeat(501) }, 'reason'],
    ['delete', deleteRequestSchema, { id: 'T1' }, 'namespace'],
    ['delete', deleteRequestSchema, { id: 'T1', namespace: '' }, 'namespace'],
    ['delete', deleteRequestSchema, { id: 'T1', namespace: 'a.b' }, 'namespace'],
    ['delete', deleteRequestSchema, { id: 'T1', namespace: 'a', forgotten: true }, ''],
    ['wait', waitRequestSchema, { id: 'T1', timeoutMs: 30_001 }, 'timeoutMs'],
    ['wait', waitRequestSchema, { id: 'T1', timeoutMs: -1 }, 'timeoutMs'],
    ['list', listRequestSchema, { state: ['pending'] }, 'state.0'],
    ['list', listRequestSchema, { state: ['stopping'] }, 'state.0'],
    ['list', listRequestSchema, { band: ['urgent'] }, 'band.0'],
    ['list', listRequestSchema, { limit: 0 }, 'limit'],
    ['list', listRequestSchema, { limit: 1_001 }, 'limit'],
    ['status', nothingSchema, { verbose: true }, ''],
  ])('to %s is refused, case %#, with the field', (_, schema, bad, at) => {
    expect(fieldsOf(schema, bad)).toEqual([at]);
  });
});

describe('an answer', () => {
  const error = { code: 'QUEUE_FULL', message: 'band low holds 1 of 1 tasks', retryAfterMs: 10 };

  it('to a submission is an id with a sequence, or an error', () => {
    expect(submitReplySchema.parse({ id: 'T1', seq: 3 })).toEqual({ id: 'T1', seq: 3 });
    expect(submitReplySchema.parse({ id: 'T1', seq: 3, duplicate: true })).toEqual({
      id: 'T1',
      seq: 3,
      duplicate: true,
    });
    expect(submitReplySchema.parse({ error })).toEqual({ error });
    expect(submitReplySchema.safeParse({ id: 'T1' }).success).toBe(false);
  });

  it('with an error has a code of the catalogue', () => {
    expect(problemSchema.parse(error)).toEqual(error);
    expect(fieldsOf(problemSchema, { ...error, code: 'ENOENT' })).toEqual(['code']);
  });

  it('distinguishes verdicts from other states', () => {
    expect(['completed', 'failed', 'cancelled', 'timed_out', 'rejected'].every(isVerdict)).toBe(true);
    expect(['queued', 'running', 'retrying', 'stopping', ''].some(isVerdict)).toBe(false);
  });
});
