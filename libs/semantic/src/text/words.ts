import { cutGraphemes, normalForm, trimEndOf, wellFormed } from '@precedent/kernel';
import { charactersOf, folded, isSpaceless, pairsOf, scriptRuns } from './scripts.ts';

/** Words without meaning for a search. */
const STOPWORDS = new Set(
  (
    'a an and any are as at be been being but by can could did do does done for from get gets getting give got had has have how i if in ' +
    'into is it its just me my no not of off on or our out over please show so some such than that the their them then there these ' +
    'they this those through to too up us was we were what when where which while who whom whose why will with would you your find ' +
    'list all about again ever something anything someone thing things during because after before ' +
    "don't doesn't didn't can't couldn't won't isn't wasn't it's"
  ).split(' '),
);

export const isStopword = (word: string): boolean => STOPWORDS.has(word);

/** A run of characters without spaces, brackets and quotes, and its position. */
export interface Token {
  /** Folded (composed, compatible, lower case), without punctuation at its ends. */
  readonly word: string;
  /** As it was written. */
  readonly raw: string;
  readonly start: number;
  readonly end: number;
}

/** Marks (Devanagari vowels, Hebrew points, combining accents) belong to the letter before them. */
const TOKEN = /[\p{L}\p{N}_$][\p{L}\p{M}\p{N}_$.\-/:@#%+\\'’]*/gu;
const TAIL = ".-/:@#%+\\'’";

/** The tokens of a text, in order. `src/a.test.ts`, `E11000`, `ORD-17` and `10.0.0.1:5432` are one token each. */
export const tokensOf = (text: string): readonly Token[] =>
  [...text.matchAll(TOKEN)].map((match) => {
    const raw = trimEndOf(match[0], TAIL);
    return { word: folded(raw), raw, start: match.index, end: match.index + raw.length };
  });

const PART = /[\p{L}\p{M}\p{N}]+/gu;
const CAMEL = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u;

/**
 * The parts of a compound: `loadRows.test` has `loadrows`, `load`, `rows`, `test`. A run without spaces (`データ障害`) has its pairs of
 * characters.
 */
export const partsOf = (raw: string): readonly string[] =>
  [...normalForm(raw, 'NFKC').matchAll(PART)].flatMap(([part]) =>
    isSpaceless(part)
      ? scriptRuns(part).flatMap((run) => (isSpaceless(run) ? pairsOf(run) : camelPartsOf(run)))
      : camelPartsOf(part),
  );

const camelPartsOf = (part: string): readonly string[] => {
  const parts = part.split(CAMEL);
  return [...(parts.length > 1 ? [part] : []), ...parts].map((one) => one.toLowerCase());
};

/** The forms of tokens that were met lately: most tokens of a text stand in others too, and a search reads hundreds of texts. */
const known = new Map<string, readonly string[]>();
const KNOWN_MAX = 20_000;

/** Every form by which a search finds a token: its parts, their stems, and single characters in scripts without spaces. */
export const formsOf = ({ word, raw }: Pick<Token, 'word' | 'raw'>): readonly string[] => {
  const found = known.get(raw);
  if (found) return found;
  if (known.size >= KNOWN_MAX) known.clear();
  const forms = [
    word,
    lastSegment(word),
    ...partsOf(raw).flatMap((part) => [part, stemOf(part)]),
    ...(isSpaceless(word) ? charactersOf(word) : []),
  ];
  known.set(raw, forms);
  return forms;
};

const ENDINGS: readonly (readonly [RegExp, string])[] = [
  [/(?<=\w{2})ies$/, 'y'],
  [/(?<=ss|x|ch|sh|z)es$/, ''],
  [/(?<=\w{2}[^aious])s$/, ''],
  [/(?<=[aeiouy]\w*)(?:([bdfgklmnprt])\1)ing$/, '$1'],
  [/(?<=[aeiouy]\w*)(?:([bdgkmnprt])\1)ed$/, '$1'],
  [/(?<=[aeiouy]\w+)ing$/, ''],
  [/(?<=[aeiouy]\w+)ed$/, ''],
  [/(?<=\w{3})e$/, ''],
];

/** Longer words are not stemmed. */
const STEMMED_MAX = 40;

/** A word without its English ending, by rules and without a dictionary: `imports`, `imported` and `importing` have one stem. */
export const stemOf = (word: string): string => {
  if (word.length < 4 || word.length > STEMMED_MAX || !/^[a-z]+$/.test(word)) return word;
  return ENDINGS.reduce(
    (stem, [ending, into]) => (stem.length < 4 ? stem : stem.replace(ending, into)),
    word,
  );
};

/** Every form by which a search finds the words of a text: compounds, their parts, last segments of paths, stems. */
export const wordSetOf = (text: string): ReadonlySet<string> => new Set(tokensOf(text).flatMap(formsOf));

/** The last segment of a path: `users.test.ts` for `src/api/users.test.ts`. */
export const lastSegment = (word: string): string =>
  word.slice(Math.max(word.lastIndexOf('/'), word.lastIndexOf('\\')) + 1);

/** Replaces each run of white space by one space. */
export const singleLine = (text: string): string => text.replace(/\s+/gu, ' ').trim();

/** Well-formed text of at most `max` characters, cut between words if possible. */
export const cut = (text: string, max: number): string => {
  if (text.length <= max) return wellFormed(text);
  const space = text.lastIndexOf(' ', max - 1);
  return `${cutGraphemes(text, space > max / 2 ? space : max - 1).trimEnd()}…`;
};
