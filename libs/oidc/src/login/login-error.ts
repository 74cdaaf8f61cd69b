import { AppError, errorCode, errorName, fieldOf, messageOf } from '@precedent/kernel';

/** What the libraries throw, as an error that names the provider. */
export const loginError = (issuer: string, cause: unknown): AppError => {
  const refused = fieldOf(cause, 'error');
  if (typeof refused === 'string') {
    const description = fieldOf(cause, 'error_description');
    const why = typeof description === 'string' ? `${refused}: ${description}` : refused;
    return new AppError('UNAUTHENTICATED', `${issuer} refuses the login: ${why}`, { cause });
  }
  const unreachable = whyUnreachable(cause);
  if (unreachable !== undefined)
    return new AppError('ISSUER_UNREACHABLE', `${issuer} cannot be reached: ${unreachable}`, { cause });
  return new AppError('UNAUTHENTICATED', `the answer of ${issuer} does not count: ${detailOf(cause)}`, {
    cause,
  });
};

/** `fetch` throws a TypeError with the reason as its cause; the library may have one of its own around it. */
const whyUnreachable = (thrown: unknown): string | undefined => {
  const cause = fieldOf(thrown, 'cause');
  const code = errorCode(cause);
  if (errorName(thrown) === 'TypeError' && code !== undefined) return code;
  const isLate = errorName(thrown) === 'TimeoutError' || errorName(cause) === 'TimeoutError';
  return isLate ? 'it does not answer' : undefined;
};

const detailOf = (thrown: unknown): string => {
  const cause = fieldOf(thrown, 'cause');
  const inner = fieldOf(cause, 'message');
  return typeof inner === 'string' ? `${messageOf(thrown)} (${inner})` : messageOf(thrown);
};
