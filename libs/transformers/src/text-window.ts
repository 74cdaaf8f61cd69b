import { cutText } from '@precedent/kernel';

/** The size of the model's window: later tokens are not part of a vector. */
export const WINDOW_TOKENS = 256;

/** UTF-16 units that are tokenized: more than 256 tokens of any real text, and few enough to be quick. */
export const TEXT_CHARS_MAX = 8_192;

/** Where a word of an identifier ends: in `ImagePullBackOff`, `JSONDecodeError`. */
const WORD_END = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/gu;

/**
 * The part of a text that is tokenized: its first 8,192 UTF-16 units, cut at a whole character. Of those the first 254 word pieces are
 * embedded, so put what matters first. Identifiers are split into their words: the model is uncased, and would see fragments of them.
 */
export const textForModel = (text: string): string => cutText(text, TEXT_CHARS_MAX).replace(WORD_END, ' ');
