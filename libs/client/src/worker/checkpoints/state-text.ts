import { AppError, canonicalJson, exceedsBytes, messageOf } from '@precedent/kernel';
import { encode, findUnwritable } from '../../json.ts';

/**
 * A value as JSON text. Throws INVALID_REQUEST, with the field, for what JSON would drop, falsify or refuse: it would be
 * missed only when the task goes on elsewhere.
 */
export const jsonText = (value: unknown, what: string): string => {
  const issue = findUnwritable(value);
  if (issue) {
    const field = issue.field === '' ? '' : `${issue.field}: `;
    const message = `the ${what} cannot be written as JSON: ${field}${issue.message}`;
    throw new AppError('INVALID_REQUEST', message, { issues: [issue] });
  }
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (cause) {
    const text = messageOf(cause);
    throw new AppError('INVALID_REQUEST', `the ${what} cannot be written as JSON: ${text}`, { cause });
  }
};

/** The same text for the same value, whoever has read it and written it again on its way. */
export const canonicalText = (text: string): string => canonicalJson(JSON.parse(text));

/** Throws PAYLOAD_TOO_LARGE, which says how many bytes are allowed. */
export const refuseLarger = (text: string, limit: number, what: string): void => {
  if (!exceedsBytes(text, limit)) return;
  const message = `the ${what} has ${encode(text).length} of at most ${limit} bytes as JSON`;
  throw new AppError('PAYLOAD_TOO_LARGE', message);
};

/** SHA-256 in hex. WebCrypto, as it is in browsers too. */
export const sha256 = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> => {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
};
