import type { EpochMs } from './duration.ts';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_CHARS = 10;
const RANDOM_CHARS = 16;

/** Makes unique, sortable ids. */
export type Ids = (at: EpochMs) => string;

/**
 * ULIDs that rise strictly, also within one millisecond and when the clock steps back: the random part of the id
 * before is then counted up, and past its end the time is. `at` may have a fraction; `random` gives numbers in [0, 1).
 */
export const ulids = (random: () => number): Ids => {
  let lastAt = -1;
  let head = '';
  const tail = new Uint8Array(RANDOM_CHARS);
  return (at) => {
    const ms = Math.floor(at);
    if (ms > lastAt) {
      lastAt = ms;
      head = encodeTime(ms);
      for (let i = 0; i < RANDOM_CHARS; i++) tail[i] = Math.floor(random() * 32);
    } else if (!countUp(tail)) head = encodeTime(++lastAt);
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

/** `false`: it was full, and starts again at zero. */
const countUp = (tail: Uint8Array): boolean => {
  for (let i = tail.length - 1; i >= 0; i--) {
    const digit = tail[i] ?? 0;
    if (digit < 31) {
      tail[i] = digit + 1;
      return true;
    }
    tail[i] = 0;
  }
  return false;
};
