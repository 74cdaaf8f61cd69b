import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { AppError, isUtf16, withoutByteOrderMark, messageOf } from '@precedent/kernel';

/** What the caller handed in, as text: without a byte order mark. Throws INVALID_REQUEST for UTF-16. */
export const inputText = (content: string, name: string): string => {
  if (!isUtf16(content)) return withoutByteOrderMark(content);
  throw new AppError('INVALID_REQUEST', `${name} is UTF-16; UTF-8 is expected`);
};

/** The text of a file that the caller named. Throws INVALID_REQUEST when it cannot be read. */
export const readInput = (file: string): string => {
  try {
    return inputText(readFileSync(file, 'utf8'), file);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw unreadable('the file', error);
  }
};

/** The lines of such a text, as they are read: each with its place, empty ones left out. Throws as `readInput` does. */
export async function* inputLines(
  input: Readable,
  name: string,
): AsyncGenerator<{ readonly line: string; readonly where: string }, void, undefined> {
  let number = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      number += 1;
      const line = number === 1 ? inputText(text, name) : text;
      if (line.trim() !== '') yield { line, where: `${name}:${number}` };
    }
  } catch (error) {
    throw error === input.errored ? unreadable(name, error) : error;
  }
}

const unreadable = (name: string, cause: unknown): AppError =>
  new AppError('INVALID_REQUEST', `${name} cannot be read: ${messageOf(cause)}`, {
    cause,
  });
