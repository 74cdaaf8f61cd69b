import {
  AppError,
  isAppError,
  ownValue,
  errorName,
  fieldOf,
  hasErrorName,
  messageOf,
} from '@precedent/kernel';
import type { ErrorCode } from '@precedent/kernel';

/** The error numbers of the server that we tell apart. */
export const SERVER_CODES = {
  consumerNotFound: 10014,
  noCluster: 10074,
  noPeers: 10005,
  noStorage: 10047,
  tooLarge: 10054,
  badUpdate: 10052,
  nameInUse: 10058,
  messageNotFound: 10043,
  deleteFailed: 10057,
  streamNotFound: 10059,
  wrongLastMessage: 10070,
  wrongLastSequence: 10071,
} as const;

const API_ERRORS: ReadonlySet<string> = new Set([
  'JetStreamApiError',
  'StreamNotFoundError',
  'ConsumerNotFoundError',
]);

/** The error number in a server's answer to a JetStream request; `undefined` for any other error. */
export const serverCodeOf = (error: unknown): number | undefined => {
  const code = API_ERRORS.has(errorName(error) ?? '') ? fieldOf(error, 'code') : undefined;
  return typeof code === 'number' ? code : undefined;
};

/** Another client has written to this subject since its sequence was read. */
export const isConflict = (error: unknown): boolean => serverCodeOf(error) === SERVER_CODES.wrongLastSequence;

const TEXTS: Readonly<Record<string, string>> = {
  NoResponders: 'no server answers: is JetStream enabled?',
  JetStreamNotEnabled: 'JetStream is not enabled on the server',
  TimeoutError: 'no answer in time',
  ClosedConnectionError: 'the connection is closed',
  DrainingConnectionError: 'the connection is being closed',
};

/** Translates an error of the client or of the server, for the whole adapter. `doing` names what failed. */
export const natsError = (error: unknown, code: ErrorCode, doing: string): AppError => {
  if (isAppError(error)) return error;
  if (hasErrorName(error, 'PermissionViolationError'))
    return new AppError('FORBIDDEN', `${doing}: ${messageOf(error)}`, { cause: error });
  const text = ownValue(TEXTS, errorName(error) ?? '') ?? messageOf(error);
  return new AppError(code, `${doing}: ${text}`, { cause: error });
};

interface AckError {
  readonly err_code?: number;
  readonly description?: string;
}

/**
 * What a server's refusal of an append means. A log that is longer than expected means fencing. A shorter one does not: an earlier append of
 * the same writer did not land. `before`: why that one failed, when it is known.
 */
export const appendError = (error: AckError, expected: number, before?: AppError): AppError => {
  const text = error.description ?? 'no reason given';
  if (error.err_code === SERVER_CODES.wrongLastMessage) {
    return before ?? new AppError('JOURNAL_FENCED', `entry ${expected} is not of this writer`);
  }
  if (error.err_code === SERVER_CODES.tooLarge) {
    return new AppError('PAYLOAD_TOO_LARGE', `the server refused entry ${expected + 1}: ${text}`);
  }
  if (error.err_code !== SERVER_CODES.wrongLastSequence) {
    return new AppError('JOURNAL_UNAVAILABLE', `the server refused entry ${expected + 1}: ${text}`);
  }
  const last = Number(/\d+$/.exec(text)?.[0]);
  if (last < expected) {
    return new AppError(
      'JOURNAL_UNAVAILABLE',
      `an append before entry ${expected + 1} did not land, the last one is ${last}`,
    );
  }
  return new AppError('JOURNAL_FENCED', `expected last entry ${expected}, it is ${last}`);
};
