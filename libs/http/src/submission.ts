import type { SubmitReply } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import { AppError, BANDS, isBand, parseDuration } from '@precedent/kernel';
import type { Band } from '@precedent/kernel';
import { withIdempotencyKey } from '@precedent/ports';

/** What the query and the headers of a submission say. */
export interface SubmissionOptions {
  /** Of tasks that name none. */
  readonly band: Band;
  /** How long to wait for the verdict. Milliseconds; `undefined`: not at all. */
  readonly waitMs: number | undefined;
  readonly idempotencyKey: string | undefined;
}

const DEFAULT_BAND: Band = 'normal';

/** Throws INVALID_REQUEST, which names the field, the value and what is expected. */
export const submissionOptions = (
  query: Readonly<Record<string, string | readonly string[]>>,
  idempotencyKey: string | undefined,
): SubmissionOptions => {
  const { band = DEFAULT_BAND, wait, namespace: _, ...unknown } = query;
  const [stray] = Object.keys(unknown);
  if (stray !== undefined) throw invalid(stray, 'is no field of the query; expected band, wait or namespace');
  if (!isBand(band)) throw invalid('band', `expected ${BANDS.join(', ')}, got ${JSON.stringify(band)}`);
  return { band, waitMs: wait === undefined ? undefined : waitMsOf(wait), idempotencyKey };
};

const waitMsOf = (wait: string | readonly string[]): number => {
  const ms = typeof wait === 'string' ? parseDuration(wait) : undefined;
  if (ms !== undefined && ms <= LIMITS.waitMs) return ms;
  throw invalid(
    'wait',
    `expected a duration of at most ${LIMITS.waitMs} ms such as "30s", got ${JSON.stringify(wait)}`,
  );
};

/** The task with the key of the header. Throws INVALID_REQUEST where the body names another one, or there are several tasks. */
export const bodyWithKey = (body: unknown, key: string | undefined): unknown => {
  if (key === undefined) return body;
  if (Array.isArray(body))
    throw invalid('Idempotency-Key', 'is for one task: in a list, give each its idempotencyKey');
  return withIdempotencyKey(body, key);
};

const invalid = (field: string, message: string): AppError =>
  new AppError('INVALID_REQUEST', `${field}: ${message}`, { issues: [{ field, message }] });

/** The path of a task, for the header Location. */
export const taskPath = (id: string): string => `/api/v1/tasks/${encodeURIComponent(id)}`;

/** 202 when all tasks of a list were accepted, else 207: each has an outcome of its own. */
export const listStatus = (replies: readonly SubmitReply[]): number =>
  replies.some((reply) => 'error' in reply) ? 207 : 202;
