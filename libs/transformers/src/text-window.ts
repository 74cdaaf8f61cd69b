import { cutText } from '@precedent/kernel';

/** The size of the model's window: later tokens are not part of a vector. */
export const WINDOW_TOKENS = 256;

/** UTF-16 units that are tokenized: more than 256 tokens of any real text, and few enough to be quick. */
export const TEXT_CHARS_MAX = 8_192;

/**
 * The part of a text that is tokenized: its first 8,192 UTF-16 units, cut at a whole character. Of those the first 254 word pieces are
 * embedded, so put what matters first.
 */
export const textForModel = (text: string): string => cutText(text, TEXT_CHARS_MAX);
