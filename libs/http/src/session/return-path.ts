import { HttpRefusal } from '@precedent/web-server';

const DEFAULT_PATH = '/api/v1/docs';
/** It is in a cookie until the login is over. Characters. */
const PATH_CHARS_MAX = 1_000;
/** Without a backslash, which browsers read as a slash, and without control characters, which they leave out. */
const PRINTED = /^[!-[\]-~]+$/;

/** Where a browser goes after a login: to a page of this server, and nowhere else. Throws INVALID_REQUEST. */
export const returnPath = (given: unknown): string => {
  if (given === undefined) return DEFAULT_PATH;
  const isPath =
    typeof given === 'string' &&
    given.length <= PATH_CHARS_MAX &&
    /^\/(?!\/)/.test(given) &&
    PRINTED.test(given) &&
    URL.parse(given, 'http://localhost')?.origin === 'http://localhost';
  if (isPath) return given;
  throw new HttpRefusal(
    400,
    'return',
    `expected a path of this server, ${PATH_CHARS_MAX} characters at most`,
  );
};
