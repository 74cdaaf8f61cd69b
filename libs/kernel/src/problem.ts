import { catalogue, isErrorCode } from './errors.ts';
import type { ErrorCode } from './errors.ts';
import { errorName, fieldOf, messageOf } from './thrown.ts';

/** One thing wrong with one field: where, what was expected, and what came. */
export interface Issue {
  readonly field: string;
  readonly message: string;
}

/** An error as it travels: in answers, journal records, events and results. */
export interface Problem {
  readonly code: ErrorCode;
  readonly message: string;
  readonly issues?: readonly Issue[];
  readonly retryAfterMs?: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type ProblemExtras = Omit<Problem, 'code' | 'message'> & { readonly cause?: unknown };

/** A refusal or a fault. Recognise it by `code`, not by its class: two copies of the package must agree. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly extras: ProblemExtras;

  constructor(code: ErrorCode, message: string, extras: ProblemExtras = {}) {
    super(message, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.code = code;
    this.extras = extras;
  }

  toProblem(): Problem {
    return problemOf(this);
  }
}

export const isAppError = (error: unknown): error is AppError =>
  isErrorCode(fieldOf(error, 'code')) && errorName(error) === 'AppError';

const UNAVAILABLE = 503;

/**
 * Whether a part of the system does not serve at the moment, so that every request to it fails: no one request is to blame, and waiting
 * helps.
 */
export const isOutage = (error: unknown): boolean =>
  isAppError(error) && catalogue[error.code].http === UNAVAILABLE;

const TOO_MANY = 429;
/** Where a client shall wait, but nothing says how long. Milliseconds. */
const RETRY_MS = 1_000;

/** After how many milliseconds the same request may succeed; `undefined` where waiting does not help. */
export const retryDelayOf = ({
  code,
  retryAfterMs = RETRY_MS,
}: Pick<Problem, 'code' | 'retryAfterMs'>): number | undefined => {
  const { http, retry } = catalogue[code];
  return retry === 'later' && (http === TOO_MANY || http === UNAVAILABLE) ? retryAfterMs : undefined;
};

/** Any thrown value as a problem; what is not ours becomes INTERNAL, or `fallback`, with its message kept. Never throws. */
export const problemOf = (error: unknown, fallback: ErrorCode = 'INTERNAL'): Problem => {
  const message = messageOf(error);
  const code = fieldOf(error, 'code');
  if (!isErrorCode(code) || !isAppError(error)) return { code: fallback, message };
  const extras = fieldOf(error, 'extras');
  const [issues, details] = [fieldOf(extras, 'issues'), fieldOf(extras, 'details')];
  const retryAfterMs = fieldOf(extras, 'retryAfterMs');
  return {
    code,
    message,
    ...(isList(issues) && { issues }),
    ...(typeof retryAfterMs === 'number' && { retryAfterMs }),
    ...(typeof details === 'object' && details !== null && { details: details as Problem['details'] & {} }),
  };
};

/** A revoked proxy is no list either. */
const isList = (value: unknown): value is readonly Issue[] => {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
};

export const errorOf = ({ code, message, ...extras }: Problem): AppError =>
  new AppError(code, message, extras);
