import type { IncomingHttpHeaders } from 'node:http';

/** What the headers of a result may take together, in characters. */
const HEADER_CHARS_MAX = 16 * 1024;

/** Headers as a result keeps them: names in lower case, several values joined, the first 16 KiB. */
export const resultHeadersOf = (headers: IncomingHttpHeaders): Record<string, string> => {
  const kept: [name: string, text: string][] = [];
  let room = HEADER_CHARS_MAX;
  for (const [name, value] of Object.entries(headers)) {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '');
    room -= name.length + text.length;
    if (room < 0) break;
    kept.push([name, text]);
  }
  return Object.fromEntries(kept);
};
