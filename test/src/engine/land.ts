import type { MemoryStorage } from '@precedent/memory';

/** Writes an entry that no engine has written. Gives its sequence. */
export const land = (storage: MemoryStorage, text: string, at = 0): number => {
  const expected = storage.last;
  storage.land({ text, expected, at, token: {}, behind: undefined });
  return expected + 1;
};
