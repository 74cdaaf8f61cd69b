import { excerptOf } from '@precedent/kernel';
import { z } from 'zod';
import { BUILTIN_LIMITS as B } from './builtin-limits.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const shown = (value: unknown): string => excerptOf(JSON.stringify(value) ?? 'nothing', 80);

/** A check that fails with what was expected and what came. */
const expected = (text: string) => ({
  abort: true,
  error: ({ input }: { readonly input?: unknown }) => `expected ${text}; got ${shown(input)}`,
});

const oneMethod = expected(`one of ${METHODS.join(', ')}`);
const absoluteUrl = expected('an absolute http or https URL');
const headerTexts = expected('an object of texts');
const statuses = expected('a status from 100 to 599, a class such as "2xx", or a list of them');

const wholeNumber = (max: number) => {
  const rule = expected(`a whole number from 1 to ${max}`);
  return z.number(rule).int(rule).min(1, rule).max(max, rule);
};

type Headers = Readonly<Record<string, unknown>>;
type Status = string | number;

const isRecord = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isStatus = (value: unknown): boolean => /^[1-5](?:xx|\d\d)$/i.test(String(value));
const areStatuses = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 && value.every(isStatus) : isStatus(value);

/** `http`. The worker checks what only it can: the names of headers, and whether the URL may be called. */
export const httpSchema = z.strictObject(
  {
    method: z
      .string(oneMethod)
      .refine((method) => METHODS.includes(method.toUpperCase()), oneMethod)
      .default('GET')
      .transform((method) => method.toUpperCase())
      .describe(METHODS.join(', ')),
    url: z
      .string(absoluteUrl)
      .refine((url) => URL.canParse(url), absoluteUrl)
      .describe('absolute, http or https, without user and password'),
    // Not a record: that drops a header called `__proto__`.
    headers: z
      .unknown()
      .refine(isRecord, headerTexts)
      .default({})
      .transform((headers) => headers as Headers)
      .meta({ type: 'object', additionalProperties: { type: 'string' } }),
    body: z.unknown().optional().describe('a text is sent as it is, any other value as JSON'),
    expect: z
      .unknown()
      .refine(areStatuses, statuses)
      .default('2xx')
      .transform((wanted) => wanted as Status | readonly Status[])
      .describe(
        'the status that makes the task a success: a number, a class such as `2xx`, or a list of them',
      ),
    timeoutMs: wholeNumber(B.httpTimeoutMs).default(30_000).describe('of the whole call, redirects included'),
    maxBytes: wholeNumber(B.httpBodyBytes)
      .default(B.httpBodyBytes)
      .describe('of the body that are kept; a longer one is cut'),
  },
  {
    error: ({ code, input }) =>
      code === 'invalid_type' ? `expected an object with a url; got ${shown(input)}` : undefined,
  },
);
