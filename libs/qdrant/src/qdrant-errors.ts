import { AppError, errorName, fieldOf, isAppError, isError, messageOf } from '@precedent/kernel';

/** The HTTP status of what the client throws; `undefined` when no server answered. */
export const statusOf = (error: unknown): number | undefined => {
  const status = fieldOf(error, 'status');
  return typeof status === 'number' ? status : undefined;
};

/** The server's message; else the network's. */
const reasonOf = (error: unknown): string => {
  const message = fieldOf(fieldOf(fieldOf(error, 'data'), 'status'), 'error');
  if (typeof message === 'string') return message;
  const cause = fieldOf(error, 'cause');
  return messageOf(isError(cause) ? cause : error);
};

export const isTimeout = (error: unknown): boolean => errorName(error) === 'QdrantClientTimeoutError';

/** Statuses of requests that are wrong and would be refused again. */
const REFUSED: ReadonlySet<number> = new Set([400, 404, 409, 413, 422]);
const NOT_ALLOWED: ReadonlySet<number> = new Set([401, 403]);

/** Translates the error of a call; an AppError is returned unchanged. */
export const qdrantError = (error: unknown, doing: string, limitMs: number): AppError => {
  if (isAppError(error)) return error;
  const status = statusOf(error);
  const text = `${doing}: ${reasonOf(error)}`;
  if (status !== undefined && REFUSED.has(status))
    return new AppError('INVALID_REQUEST', text, { cause: error, details: { status } });
  if (status !== undefined && NOT_ALLOWED.has(status))
    return new AppError('VECTORS_UNAVAILABLE', `${doing}: Qdrant refuses the API key`, { cause: error });
  if (isTimeout(error))
    return new AppError('VECTORS_UNAVAILABLE', `${doing}: no answer within ${limitMs} ms`, { cause: error });
  const reason = status === undefined ? `${doing}: Qdrant does not answer: ${reasonOf(error)}` : text;
  return new AppError('VECTORS_UNAVAILABLE', reason, { cause: error });
};

/** Whether the same call may succeed a moment later: no server was reached, or the server is overloaded. */
export const isTransient = (error: unknown): boolean => {
  if (isTimeout(error)) return false;
  const status = statusOf(error);
  return status === undefined || status === 429 || status === 503;
};
