import { AppError, cutGraphemes } from '@precedent/kernel';

/** A place in a list: that of a task, by the time that the list is ordered by, and its row. */
export interface ListPlace {
  readonly at: number;
  readonly row: number;
}

export const cursorText = ({ at, row }: ListPlace): string =>
  Buffer.from(JSON.stringify([at, row])).toString('base64url');

export const readCursor = (text: string): ListPlace => {
  try {
    const [at, row] = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown[];
    if (Number.isSafeInteger(at) && Number.isSafeInteger(row)) return { at: Number(at), row: Number(row) };
  } catch {
    // Refused below.
  }
  throw new AppError('INVALID_REQUEST', `"${cutGraphemes(text, 40)}" is no cursor of an earlier page`);
};
