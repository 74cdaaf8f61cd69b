import { cutText } from '@precedent/kernel';
import { looksExact } from '../search/terms.ts';
import { folded } from '../text/scripts.ts';
import { tokensOf } from '../text/words.ts';

const LENGTH_MIN = 3;
const LENGTH_MAX = 64;
const TEXT_CHARS = 8 * 1024;

/** Times and durations: they are in filters, and nothing else is found by them. */
const TIME = /^\d{1,2}:\d{2}|^\d{4}-\d{2}-\d{2}|^\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|kb|mb|gb|kib|mib|gib|%)$/;

/** Words in capital letters that stand in most failures. */
const LEVEL = /^(?:error|fatal|fail(?:ed|ure)?|critical|severe|warn(?:ing)?|info|debug|note|notice|panic)$/;

/**
 * The exact terms of a text, in lower case and in their order: ids, codes, file names, identifiers, whole and by parts. Searches find by
 * them what the embedded text leaves out. `error:0308010C:digital` has `error:0308010c:digital` and `0308010c`.
 */
export const exactTermsIn = (text: string, max: number): readonly string[] => {
  const found = new Set<string>();
  for (const { raw } of tokensOf(cutText(text, TEXT_CHARS))) {
    for (const part of [raw, ...raw.split(/[:/\\@#=,]+/), ...raw.split(/[:/\\@#=,.]+/)]) {
      const term = folded(part);
      if (term.length < LENGTH_MIN || term.length > LENGTH_MAX || TIME.test(term) || LEVEL.test(term))
        continue;
      if (looksExact(part)) found.add(term);
    }
    if (found.size >= max) break;
  }
  return [...found].slice(0, max);
};
