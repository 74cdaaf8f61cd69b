import { content } from './content.ts';
import type { Json } from './named-schemas.ts';

const PROBLEM: Json = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'retry', 'remedy'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    retry: { type: 'string', enum: ['never', 'later'] },
    remedy: { type: 'string' },
    issues: {
      type: 'array',
      items: { type: 'object', properties: { field: { type: 'string' }, message: { type: 'string' } } },
    },
    retryAfterMs: { type: 'number' },
    details: { type: 'object' },
    unaffected: { type: 'array', items: { type: 'string' } },
  },
};

/** The response to which those of all refusals refer. */
export const PROBLEM_RESPONSE: Json = {
  Problem: {
    description: 'Refused, or failed.',
    content: content('application/problem+json', PROBLEM),
  },
};

/** Of every route: another method, a path or a head of the request that is too long, a compressed body, and too many requests. */
const ALWAYS = ['405', '414', '415', '429', '431'];

/** The responses with these statuses, and with those that every route has. */
export const refusals = (statuses: readonly string[]): Json =>
  Object.fromEntries(
    [...new Set([...statuses, ...ALWAYS])]
      .toSorted()
      .map((status) => [status, { $ref: '#/components/responses/Problem' }]),
  );
