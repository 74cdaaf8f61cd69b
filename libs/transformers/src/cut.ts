import { cutText } from '@precedent/kernel';

/** Tokens of the window of the model: what is behind them is not part of a vector. */
export const WINDOW_TOKENS = 256;

/** Letters that are looked at: more than 256 tokens of any real text have, and few enough to be quick. */
export const TEXT_MAX = 8_192;

/**
 * What is embedded of a text: its first 8,192 letters (UTF-16 units, never half of a character), and of those the first 254 word
 * pieces. The beginning counts: put what matters first.
 */
export const modelText = (text: string): string => cutText(text, TEXT_MAX);
