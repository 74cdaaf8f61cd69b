import { LIMITS } from '@precedent/contracts';
import { AppError, messageOf, readExactJson } from '@precedent/kernel';

/** Of the task around a payload. */
const LEVELS_AROUND = 8;

/**
 * Reads JSON that somebody has written. Throws INVALID_REQUEST with the field for what would be sent as something else, such as a
 * number that no double holds. `where`: for messages.
 */
export const exactJson = (content: string, where: string): unknown => {
  const value = parsed(content, where);
  const read = readExactJson(content, LIMITS.depth + LEVELS_AROUND);
  if ('value' in read) return value;
  const { field, message } = read.issue;
  throw new AppError('INVALID_REQUEST', `${where}: ${field === '' ? '' : `${field}: `}${message}`, {
    issues: [read.issue],
  });
};

const parsed = (content: string, where: string): unknown => {
  try {
    return JSON.parse(content);
  } catch (error) {
    const why = messageOf(error);
    throw new AppError('INVALID_REQUEST', `${where} is not JSON: ${why}`);
  }
};
