import type { EpochMs } from './duration.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/** Makes unique, sortable ids. */
export type Ids = (at: EpochMs) => string;

/**
 * ULIDs that rise strictly, also within one millisecond and when the clock steps back: the random part of the id
 * before is then counted up. `random` gives numbers in [0, 1).
 */
export const ulids = (random: () => number): Ids => {
  let lastAt = -1;
  let head = '';
  const tail = new Uint8Array(RANDOM_CHARS);
  return (at) => {
    if (at > lastAt) {
      lastAt = at;
      head = encodeTime(at);
      for (let i = 0; i < RANDOM_CHARS; i++) tail[i] = Math.floor(random() * 32);
    } else countUp(tail);
    return head + encodeTail(tail);
  };
};

const encodeTime = (at: EpochMs): string => {
  let rest = at;
  let text = '';
  for (let i = 0; i < TIME_CHARS; i++) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
};

const encodeTail = (tail: Uint8Array): string => {
  let text = '';
  for (const digit of tail) text += ALPHABET.charAt(digit);
  return text;
};

const countUp = (tail: Uint8Array): void => {
  for (let i = tail.length - 1; i >= 0; i--) {
    const digit = tail[i] ?? 0;
    if (digit < 31) {
      tail[i] = digit + 1;
      return;
    }
    tail[i] = 0;
  }
};
