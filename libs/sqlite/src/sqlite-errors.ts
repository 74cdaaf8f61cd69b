import { AppError, fieldOf, isAppError, messageOf } from '@precedent/kernel';

/** SQLite's own result codes that mean something to us; an extended one has more above the lowest byte. */
const CODES = {
  tooBig: 18,
  constraint: 19,
  mismatch: 20,
  range: 25,
  full: 13,
  corrupt: 11,
  notDatabase: 26,
  busy: 5,
  ioError: 10,
} as const;

const codeOf = (error: unknown): number | undefined => {
  const code = fieldOf(error, 'errcode');
  return typeof code === 'number' ? code & 0xff : undefined;
};

/** Whether the file itself is damaged: no other try will mend it. */
export const isCorrupt = (error: unknown): boolean => {
  if (isAppError(error)) return error.extras.details?.['corrupt'] === true;
  const code = codeOf(error);
  return code === CODES.corrupt || code === CODES.notDatabase;
};

const factOf = (error: unknown): string => {
  switch (codeOf(error)) {
    case CODES.full:
      return 'the disk is full';
    case CODES.busy:
      return 'another process holds the file';
    case CODES.ioError:
      return 'the disk cannot be read or written';
    default:
      return messageOf(error);
  }
};

/** Whether the values themselves are refused: no other try will store them. A value of a wrong kind has no code. */
const isOfTheValues = (error: unknown): boolean => {
  const code = codeOf(error);
  if (code === undefined) return error instanceof TypeError || error instanceof RangeError;
  return [CODES.tooBig, CODES.constraint, CODES.mismatch, CODES.range].some((one) => one === code);
};

/** An error of SQLite as one of ours; the table of the whole adapter: INTERNAL for values that it never takes. `doing` names what failed. */
export const sqliteError = (error: unknown, doing: string): AppError => {
  if (isAppError(error)) return error;
  if (isOfTheValues(error)) return new AppError('INTERNAL', `${doing}: ${factOf(error)}`, { cause: error });
  const corrupt = isCorrupt(error);
  return new AppError('HISTORY_UNAVAILABLE', `${doing}: ${corrupt ? 'the file is damaged' : factOf(error)}`, {
    cause: error,
    ...(corrupt && { details: { corrupt } }),
  });
};
