import { entropyOf } from './entropy.ts';
import { SERVICE_SECRETS } from './service-secrets.generated.ts';
import type { ServiceSecret } from './service-secrets.generated.ts';
import type { Rule } from './rule.ts';

const SECRET = '[secret]';
/** What stands between the name of a service and a secret: the rest of the name, a sign, quotes. */
const SIGN = String.raw`[ \t\w.-]{0,20}[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`;
/** What stands behind a secret: no part of a longer word, no call, no suffix of a file. */
const END = String.raw`(?![\w(-]|\.\w)`;
/** Bits per character of a form that is known by itself. Placeholders, such as `glsa_XXXX`, have less. */
const LEAST_ENTROPY = 2;

const ALL_KEYWORDS = [...new Set(SERVICE_SECRETS.flatMap(({ keywords }) => keywords))];
const escaped = (word: string): string => word.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
const ANY_KEYWORD = ALL_KEYWORDS.toSorted().toReversed().map(escaped).join('|');
const HAS_KEYWORD = new RegExp(ANY_KEYWORD);
/** Where a keyword begins. The longest comes first; the rules of its beginnings apply as well. */
const KEYWORDS = new RegExp(`(?=(${ANY_KEYWORD}))`, 'g');

interface CompiledRule {
  readonly keywords: readonly string[];
  readonly hide: Rule;
}

const compiled = ({ keywords, name, form, entropy = LEAST_ENTROPY }: ServiceSecret): CompiledRule => {
  const front = name === undefined ? '()' : `(${name}${SIGN})`;
  const pattern = new RegExp(`${front}(${form})${END}`, 'g');
  const isSecret = (value: string): boolean =>
    entropyOf(value) >= entropy && (name === undefined || /\d.*\d/s.test(value));
  const hide: Rule = (text) =>
    text.replace(pattern, (found: string, before: string, value: string) =>
      isSecret(value) ? `${before}${SECRET}` : found,
    );
  return { keywords, hide };
};

const RULES = SERVICE_SECRETS.map(compiled);
/** The rules to apply to a text in which the keyword is found. */
const RULES_OF = new Map(
  ALL_KEYWORDS.map((word) => [
    word,
    RULES.filter(({ keywords }) => keywords.some((own) => word.startsWith(own))),
  ]),
);

/** Hides the secrets of known services. In most texts none of the keywords is found, and no rule is tried. */
export const serviceSecrets: Rule = (text) => {
  const lower = text.toLowerCase();
  if (!HAS_KEYWORD.test(lower)) return text;
  const words = new Set(Array.from(lower.matchAll(KEYWORDS), ([, word = '']) => word));
  const rules = new Set([...words].flatMap((word) => RULES_OF.get(word) ?? []));
  return [...rules].reduce((left, { hide }) => hide(left), text);
};
