import type { IncomingHttpHeaders } from 'node:http';

/** Characters of all headers of a result together, at most. */
const HEADER_CHARS_MAX = 16 * 1024;

/** The headers of a result: names in lower case, several values joined, the first 16 KiB. */
export const resultHeadersOf = (headers: IncomingHttpHeaders): Record<string, string> => {
  const entries: [name: string, text: string][] = [];
  let room = HEADER_CHARS_MAX;
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
    room -= name.length + text.length;
    if (room < 0) break;
    entries.push([name, text]);
  }
  return Object.fromEntries(entries);
};
