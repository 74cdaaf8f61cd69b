import { readFileSync } from 'node:fs';
import { errorCode } from '@precedent/kernel';

/** The text of a file; `undefined` when there is none. */
export const readText = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (hasCode(error, ['ENOENT'])) return undefined;
    throw error;
  }
};

/** The fields of a JSON object; no fields when the text is no JSON object. */
export const jsonFields = (content: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(content);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
};

/** Whether a system call failed with one of these codes. */
export const hasCode = (error: unknown, codes: readonly string[]): boolean =>
  codes.includes(errorCode(error) ?? '');
