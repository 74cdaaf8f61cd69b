import { VALUE, givenAsInput, shortFlags } from './command-lines.ts';
import { looksRandom } from './entropy.ts';
import type { Rule } from './rule.ts';
import { serviceSecrets } from './service-secrets.ts';

const SECRET = '[secret]';
const replace =
  (pattern: RegExp, by: string): Rule =>
  (text) =>
    text.replace(pattern, by);

/** Words that mark a key as that of a secret. */
const KEY_WORD =
  'pass(?:word|wd|phrase|code|wort)?|pwd|[uo]?pw|secret|token|api[-_. ]?key|apikey|access[-_.]?key|private[-_.]?key|auth(?:orization|[-_.]?key|[-_.]?token)?|' +
  'credentials?|creds?|cookie|session[-_.]?(?:id|key)|signature|sig|otp|pin[-_.]?code|salt|connection[-_.]?string|dsn|bearer|jwt|' +
  'account[-_.]?key|master[-_.]?key|encryption[-_.]?key|signing[-_.]?key|storage[-_.]?key|client[-_.]?secret|webhook[-_.]?url';

const SECRET_KEY = new RegExp(`(?:^|[^a-z])(?:${KEY_WORD})s?(?:$|[^a-z])`);
/** At the end of another word: `dbpassword`, but not `compass`. */
const KEY_AT_END =
  /(?:password|passwd|passphrase|(?:store|key|user|db|root|admin|login)pass|dbpwd|secret|token|apikey|accesskey|credential)s?$/i;
/** Keys of a secret's name, size or age, or of a part of a program such as `AuthError`, and not of the secret. */
const ABOUT_A_SECRET =
  /(?:name|length|count|limit|type|expir\w{0,20}|ttl|policy|hint|path|file|url_host|error|exception|framework|service|provider|handler|middleware|method|secretsid)$|^(?:max|min|num|n|total|input|output)[-_]?tokens?$|^tokens$|^author/i;

/** Whether the value of this key is a secret: `DB_PASSWORD`, `apiKey`, `x-auth-token`. */
export const isSecretKey = (key: string): boolean =>
  (SECRET_KEY.test(snakeCase(key)) || KEY_AT_END.test(key)) && !ABOUT_A_SECRET.test(key);

/** `db_password` for `dbPassword`. */
const snakeCase = (key: string): string => key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();

/**
 * `key=`, `key: `, `"key": "`, `key ?= `, in text, queries, headers, shell assignments, and code with a type between key and sign. Not in a
 * sentence: `may require authorization: …`.
 */
const KEY_SIGN =
  /\\?["']?([A-Za-z][\w.-]{0,80})(?![\w.-])(?<!require authorization)\\?["']?(?:\s{0,20}(?::\s{0,20})?[Ss]tr(?:ing)?(?=\s{0,20}=))?\s*(?:=>|[:?.+]{0,3}={1,3}(?!=)|:|%3[Dd]|\\u003[Dd])\s*/g;
/** `setProperty("key", `. */
const CALL_SIGN = /\b(?:set|put|add)\w{0,40}\(\s*["']([A-Za-z][\w.-]{0,80})["']\s*,\s*/g;
/** `--password `, `--token=`. */
const FLAG_SIGN = /(?<![\w-])--?([A-Za-z][\w.-]{0,80})(?:\s+|=|\\?["'],\s*)(?!\\?["']?--?[A-Za-z])/g;
/** Escaped, when the text is quoted inside another one. */
const QUOTE = /\\?["']/y;
const UNQUOTED_VALUE = /\\?[^\s,;&|"'(){}<>[\]]+/y;

/** The end of the value that begins at `at`; `at` itself without a value. After a quote that is never closed it is the end of the line. */
const endOfValue = (text: string, at: number): number => {
  const quote = matchAt(QUOTE, text, at);
  if (quote === '') return at + matchAt(UNQUOTED_VALUE, text, at).length;
  for (let end = at + quote.length; end < text.length; end++) {
    if (text.startsWith(quote, end)) return end + quote.length;
    if (text.charAt(end) === '\\') end++;
  }
  const line = text.indexOf('\n', at);
  return line < 0 ? text.length : line;
};

const matchAt = (pattern: RegExp, text: string, at: number): string => {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? '';
};

/** Keys of secrets that machines make, which therefore are no words. */
const MACHINE_MADE = /(?:token|jwt|auth|authorization|bearer|signature|credential|cookie|key)s?$/i;
const NUMBER_OF_TOKENS = /tokens$|token[-_]?id$/i;
/** A word in a sentence: `anonymous token: unexpected status`. */
const WORD_AND_NEXT = /^[A-Z]?[a-z]{1,14},? [a-z(]/;
const WORD_GAP = 3;

/** Whether a key with its sign, and the text behind it, are prose, or count tokens: `completion_tokens: 2048`. */
const isProse = ([sign, key = '']: RegExpMatchArray, value: string): boolean =>
  NUMBER_OF_TOKENS.test(key)
    ? /^\d{1,7}(?![\w.-])/.test(value)
    : /:\s+$/.test(sign) && MACHINE_MADE.test(key) && WORD_AND_NEXT.test(value);

/** `password is hunter2`, `token was abc`. */
const SPOKEN = new RegExp(`\\b((?:${KEY_WORD})s?\\s+(?:is|was|of|equals|set to)\\s+)(${VALUE})`, 'gi');
/**
 * Replaces the value after every key of a secret. The values of other keys are searched as well: in `failed: password=x` the value of
 * `failed` contains another key.
 */
const valuesAfter =
  (sign: RegExp): Rule =>
  (text) => {
    let [redacted, at] = ['', 0];
    for (const match of text.matchAll(sign)) {
      const end = match.index + match[0].length;
      if (match.index < at || !isSecretKey(match[1] ?? '')) continue;
      const valueEnd = endOfValue(text, end);
      if (valueEnd === end || isProse(match, text.slice(end, valueEnd + WORD_GAP))) continue;
      redacted += `${text.slice(at, end)}${SECRET}`;
      at = valueEnd;
    }
    return redacted + text.slice(at);
  };

const pairs = valuesAfter(KEY_SIGN);
const flags = valuesAfter(FLAG_SIGN);
const calls = valuesAfter(CALL_SIGN);

/** `<key>value</key>`, also on lines of their own. */
const elements: Rule = (text) =>
  text.replace(
    /(<(?:\w{1,40}:)?([\w.-]{1,80})>\s{0,100})[^<\s][^<\n]*(?=<\/|\n\s{0,100}<\/)/g,
    (found, before: string, key: string) => (isSecretKey(key) ? `${before}${SECRET}` : found),
  );

/** Names that are used for passwords and tokens only. */
const SURE_WORD =
  'pass(?:word|wd|phrase|code)|(?:auth|access|refresh|api)[-_]?token|token|(?:api|access|secret)[-_]?key';
/** A value with both letters and digits, which is therefore no word. */
const NO_WORD = `(?!\\d[\\d.]{0,20}[mµn]?s\\b)(?=[^\\s"'<>]{0,100}?\\d)(?=[^\\s"'<>]{0,100}?[A-Za-z])[^\\s"'<>(){}\\[\\],;|&]{6,}`;
const named: readonly Rule[] = [
  replace(/(\blogin\s+\S{1,200}\s+password\s+)[^\s"'\\]+/gi, `$1${SECRET}`),
  replace(
    /(\b(?:sqlplus\s+(?:-\w{1,20}\s+){0,4}|jdbc:oracle:\w{1,20}:)[\w.-]{1,80}\/)[^\s@"']+/gi,
    `$1${SECRET}`,
  ),
  (text) =>
    text.includes('pgpass')
      ? text.replace(/(?<![^\s"'])((?:[^\s:"']{1,80}:){4})[^\s:"']+(?=["'])/g, `$1${SECRET}`)
      : text,
  replace(/(\bpassword for \S{1,200}\s*[:=]\s*)[^\s"'][^\s"']*/gi, `$1${SECRET}`),
  replace(
    /(\b(?:identified\s+(?:with\s+\S{1,80}\s+)?by|pass(?:word|phrase|wd)(?:\s+for\s+\S{1,200}\s*=)?)\s+)(?:"[^"\n]+"|'[^'\n]+')/gi,
    `$1${SECRET}`,
  ),
  replace(
    new RegExp(`((?<![A-Za-z](?<!\\\\[nrt]))(?<!nexpected )(?:${SURE_WORD})\\s+)${NO_WORD}`, 'gi'),
    `$1${SECRET}`,
  ),
];

/** `-u user:secret` of any program. */
const users: Rule = replace(
  /((?:^|\s)(?:-u|--user|--proxy-user)(?:\s+|=)["']?)([^\s:"'/]{1,200}):([^\s"']+)/g,
  `$1$2:${SECRET}`,
);

const headers: readonly Rule[] = [
  replace(
    /\b(?<!requires? )((?:proxy-)?authorization|x-[\w-]{0,60}(?:key|token|auth|secret)|(?:set-)?cookie)(["']?\s*[:=]\s*["']?)[^\n"'\\]+/gi,
    `$1$2${SECRET}`,
  ),
  replace(
    /\b(?<!nexpected )(bearer|basic|digest|negotiate|token)(\s+)(?!\d[\d.]{0,20}[mµn]?s\b)(?=\S*\d|[A-Za-z0-9+/=._~-]{16,})[A-Za-z0-9+/=._~:-]{6,}/gi,
    `$1$2${SECRET}`,
  ),
];

/** Secrets in the path and query of a URL. Logins are redacted before all other rules. */
const addresses: readonly Rule[] = [
  replace(/(https:\/\/hooks\.slack\.com\/(?:services|workflows)\/)\S+/gi, `$1${SECRET}`),
  replace(
    /(https:\/\/[\w.]*(?:discord(?:app)?\.com\/api\/webhooks|webhook\.office\.com)\/)\S+/gi,
    `$1${SECRET}`,
  ),
  replace(
    /([?&](?:sig|signature|x-amz-signature|x-amz-credential|x-amz-security-token|key|code|state|password|token)=)[^&\s"']+/gi,
    `$1${SECRET}`,
  ),
];

/** Keys that are known by their form. */
const known: readonly Rule[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}(?:PRIVATE KEY|CERTIFICATE|PGP MESSAGE)[A-Z0-9 ]{0,40}-----[\s\S]*?(?:-----END [A-Z0-9 ]+-----|$)/g,
  /\beyJ(?:[\w-]{16,}|[\w-]{5,15}\.[\w-]{4,})(?:\.[\w-]*)*/g,
  /\b(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA)[A-Z0-9]{12,}\b/g,
  /\bAGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9-]{1,40})-1[A-Z0-9]{10,}/gi,
  /\bS[ACNOUX][A-Z2-7]{56}\b/g,
  /\bAIza[\w-]{20,}/g,
  /\bya29\.[\w.-]{10,}/g,
  /\bGOCSPX-[\w-]{10,}/g,
  /\b(?:gh[pousr]_\w{16,}|github_pat_\w{16,})/g,
  /\bgl(?:pat|dt|ptt|rt|soat|cbt)-[\w-]{12,}/g,
  /\bxox[abceoprs]-[\w-]{8,}/g,
  /\bxapp-[\w-]{8,}/g,
  /\b[sprw]k_(?:live|test)_\w{8,}/g,
  /\bwhsec_\w{8,}/g,
  /\bsk-(?:proj-|ant-|svcacct-|or-)?[\w-]{16,}/g,
  /\bhf_[A-Za-z0-9]{16,}/g,
  /\bnpm_[A-Za-z0-9]{20,}/g,
  /\bpypi-[\w-]{16,}/g,
  /\bdop_v1_[0-9a-f]{20,}/g,
  /\bSG\.[\w-]{8,}\.[\w-]{8,}/g,
  /\b(?:AC|SK)[0-9a-f]{32}\b/g,
  /\bhvs\.[\w-]{12,}/g,
  /\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{16,}/g,
  /\bdapi[0-9a-f]{24,}/g,
  /\bssh-(?:rsa|ed25519) [A-Za-z0-9+/=]{20,}/g,
  /\$(?:2[aby]|argon2\w*|5|6)\$[^\s"']{10,}/g,
].map((pattern) => replace(pattern, SECRET));

const RUN = /[A-Za-z0-9+/_=-]{20,}/g;
/** Both base64 keys and paths have slashes, so the parts between slashes are tested as well. */
const random: Rule = (text) =>
  text.replace(RUN, (run: string, at: number) => {
    if (/^[0-9a-f]{40}$/.test(run) && COMMIT.test(text.slice(Math.max(0, at - 20), at))) return run;
    if (looksRandom(run) && !isPathLike(run)) return SECRET;
    return run.replace(/[A-Za-z0-9+=_-]{20,}/g, (part) => (looksRandom(part) ? SECRET : part));
  });

/** Forty hexadecimal digits after one of these words are a git commit. */
const COMMIT = /\b(?:commit|revision|rev|HEAD is now at|sha1?)[ :=]*$/i;

const isPathLike = (run: string): boolean =>
  run.split('/').filter((part) => /^[A-Z]?[a-z-]{2,}$/.test(part)).length > 1;

const spoken: Rule = (text) =>
  text.replace(SPOKEN, (found, before: string, value: string) =>
    /\btokens?\s/i.test(before) && /^[a-z]{2,14}[.,;]?$/.test(value) ? found : `${before}${SECRET}`,
  );

/** Applied in order: known forms, then values by their key, then texts that only look like secrets. */
export const SECRET_RULES: readonly Rule[] = [
  serviceSecrets,
  ...known,
  ...addresses,
  ...headers,
  givenAsInput,
  shortFlags,
  users,
  flags,
  calls,
  pairs,
  elements,
  spoken,
  ...named,
  random,
];
