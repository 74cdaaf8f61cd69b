import { AppError, errorName, fieldOf, isAppError, isError, messageOf } from '@precedent/kernel';

/** What the client throws, as far as it says anything: `undefined` when no server answered. */
export const statusOf = (error: unknown): number | undefined => {
  const status = fieldOf(error, 'status');
  return typeof status === 'number' ? status : undefined;
};

/** The server's own words; else those of the network. */
const reasonOf = (error: unknown): string => {
  const said = fieldOf(fieldOf(fieldOf(error, 'data'), 'status'), 'error');
  if (typeof said === 'string') return said;
  const cause = fieldOf(error, 'cause');
  return messageOf(isError(cause) ? cause : error);
};

export const isTimeout = (error: unknown): boolean => errorName(error) === 'QdrantClientTimeoutError';

/** What asked for something that is wrong, whoever asks and however often. */
const REFUSED: ReadonlySet<number> = new Set([400, 404, 409, 413, 422]);
const NOT_ALLOWED: ReadonlySet<number> = new Set([401, 403]);

/** The error of a call as ours; what is ours already stays as it is. */
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

/** Whether the same call may go through a moment later: nothing was reached, or the server has too much to do. */
export const isPassing = (error: unknown): boolean => {
  if (isTimeout(error)) return false;
  const status = statusOf(error);
  return status === undefined || status === 429 || status === 503;
};
