import { trimEndOf } from '@precedent/kernel';

/** A pattern of text that differs at every run, and its placeholder. */
interface Volatile {
  readonly pattern: RegExp;
  readonly name: string;
}

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*';
const ZONE = '(?:\\s?(?:Z|UTC|GMT|[+-]\\d{2}:?\\d{2}))?';
const CLOCK = `\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d{1,9})?)?`;
const UNIT = '(?:ns|µs|us|ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|days?)';

/** Escape sequences of terminals: colours, cursor movements, titles and links. */
const ESCAPES =
  // eslint-disable-next-line no-control-regex
  /\u001b\[[0-9;?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]{0,2000}(?:\u0007|\u001b\\)|\u001b[@-Z\\-_]/g;

/** The text without escape sequences. */
export const withoutEscapes = (text: string): string => text.replace(ESCAPES, '');

/** Applied in order: times contain numbers, and addresses contain colons as times do. */
const VOLATILES: readonly Volatile[] = [
  { pattern: new RegExp(`\\b\\d{4}[-/]\\d{2}[-/]\\d{2}(?:[T ,_]+${CLOCK}${ZONE})?`, 'g'), name: '<time>' },
  {
    pattern: new RegExp(
      `\\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\\s)?(?:\\d{1,2} ${MONTH}|${MONTH} \\d{1,2}),?(?: \\d{4})?(?: ${CLOCK}${ZONE})?(?: \\d{4})?`,
      'g',
    ),
    name: '<time>',
  },
  { pattern: new RegExp(`\\b\\d{1,2}/\\d{1,2}/\\d{4}(?: ${CLOCK})?`, 'g'), name: '<time>' },
  { pattern: /\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b/g, name: '<time>' },
  { pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, name: '<id>' },
  { pattern: /\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b/g, name: '<id>' },
  { pattern: /\barn:aws[\w-]*:[^\s,;'")]+/g, name: '<id>' },
  { pattern: /\b(?:sha256|sha1|sha512|md5):[0-9a-f]{6,}\b/gi, name: '<id>' },
  { pattern: /\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?(?:\/\d{1,2})?\b/g, name: '<address>' },
  {
    pattern:
      /(?<![\w:])\[?(?:[0-9a-f]{1,4}:){3,7}(?::?[0-9a-f]{1,4})(?:\]:\d+)?|(?<![\w:])\[?::1\]?(?::\d+)?/gi,
    name: '<address>',
  },
  { pattern: /\b0x(?!8[0-9a-f]{7}\b|c0000[0-9a-f]{3}\b)[0-9a-f]+\b/gi, name: '<hex>' },
  { pattern: /(?<=@)[0-9a-f]{4,16}\b/g, name: '<hex>' },
  { pattern: /(?<=[A-Za-z]-)(?=[0-9a-z]*\d)[0-9a-z]{8,10}-[0-9a-z]{5}\b(?=$|[^\w-])/g, name: '<id>' },
  { pattern: /\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}\b/gi, name: '<hex>' },
  {
    pattern: new RegExp(
      `(?<![\\w.])\\d+(?:\\.\\d+)?\\s?${UNIT}\\b(?:\\s?\\d+(?:\\.\\d+)?\\s?${UNIT}\\b)*`,
      'g',
    ),
    name: '<duration>',
  },
  { pattern: /(?<![\w.])\d+(?:\.\d+)?\s?(?:[KMGTP]i?B|[kmgt]b|bytes?|B|%)(?!\w)/g, name: '<size>' },
];

/** Text before a number that is a code: of errors, exits, responses and signals. */
const CODE_NUMBER =
  /(?:\b(?:exit(?:ed)?(?: with)?(?: code| status)?|code|status(?: code)?|errno|error|signal|http(?:\/\d(?:\.\d)?)?|sqlstate|rc|returned|port|response)["']?\s*[:=]?\s*[#(["']?|\b(?:HTTP|Error) )-?$/i;
/** Known codes of letters and digits of compilers, databases and operating systems. */
const KNOWN_CODE =
  /^(?:error\[)?(?:TS|CS|E|C|W|F|LNK|MSB|NU|NETSDK|ORA-?|PLS-?|SQL|DB2|RUF|SC|PGRST|P|EL|U|S|ERR|GC|CE|AADSTS|XA|R|D|DL|CVE-?|MY-?|WRN)\d{2,9}$/i;
const WORD_NUMBER =
  /(?<![\w.])#?[A-Za-z]*[-_]?\d[\w]*(?:[.,-]\d+|-[A-Z]{1,3}(?!\w))*(?![\w])|\d{2,}(?:\.\d+)*/g;
/** Words that end in a digit and are no ids. */
const NAMED_NUMBER =
  /^(?:[a-z]+(?:8|16|32|64|128|256|512)|(?:sha|md|utf-|iso-|h|ipv|s|ec|k|x|py|node|python|java|http|oauth|base|log4j|gcc|g|vp|mp|v|p|int|uint|float|es|i|l|is|q|b|t|n|web|arg|part|stage|phase|level|tier)\d{1,4}|k8s|e2e|p\d\d|s3|ec2|h2|i18n|l10n|a11y|x509|b2b|log4j2?|oauth2?|gzip2?|bzip2|sqlite3|python3|libc6|db2|md5|7z|3d|2d|k3s|neo4j)$/i;

/** Replaces numbers by `<n>`, and names with a number by `<id>`; codes and known names stay. */
const withoutNumbers = (text: string): string => {
  let ofHttp: boolean | undefined;
  // Tested once for the text, and not for every number.
  const isOfHttp = (): boolean => (ofHttp ??= HTTP_WORD.test(text));
  return text.replace(WORD_NUMBER, (found: string, at: number) => {
    if (KNOWN_CODE.test(found) || NAMED_NUMBER.test(found)) return found;
    if (isCode(found, text, at) || (isStatus(found) && isOfHttp())) return found;
    return /[A-Za-z]/.test(found) ? `<id>` : '<n>';
  });
};

const HTTP_WORD = /\b(?:status|https?|response)\b/i;
const isStatus = (found: string): boolean => /^[1-5]\d\d$/.test(found);

/** Whether a number is a code, a status or a port, by the text around it. */
const isCode = (found: string, text: string, at: number): boolean => {
  const before = text.slice(Math.max(0, at - 30), at);
  const after = text.slice(at + found.length, at + found.length + 8);
  if (/^[245]\d\d$/.test(found) && MAIL_STATUS.test(after)) return true;
  if (/^\d\.\d{1,2}\.\d{1,2}$/.test(found)) return /\b[245]\d\d[ -]$/.test(before);
  if (!/^\d{1,10}$/.test(found)) return isLibrary(found, after);
  return CODE_NUMBER.test(before) || /(?:localhost|\w\.[a-z]{2,10}):$/i.test(before);
};

/** `5.7.1` after `550 `. */
const MAIL_STATUS = /^[ -]\d\.\d{1,2}\.\d{1,2}(?!\d)/;

/** `libnss3.so`, `pdf2image.exceptions`, `psycopg2.OperationalError`: names of libraries. */
const isLibrary = (found: string, after: string): boolean =>
  /^\.(?:so|dll|dylib|jar|exe)\b/.test(after) ||
  /^[a-z]{2,}\d[a-z]{3,}$/.test(found) ||
  (/^[a-z]{2,}\d{1,2}$/.test(found) && /^\.(?:[A-Z]|[a-z_]{2,7}[.(])/.test(after));

/** Not `(install/upgrade/rollback)`. */
const PATH =
  /(?<![\w<>:.~/\\])(?:~|[A-Za-z]:|\.{1,2})?(?:[/\\][\w.@+=~%$<>-]+)+[/\\]?|(?<![\w/\\<>:.@+-])(?!(?<=\()[a-z]{1,40}(?:\/[a-z]{1,40}){1,8}\))(?:[\w.@+-]+[/\\]){2,}[\w.@+-]+/g;
const WITH_EXTENSION = /\.[A-Za-z][\w]{0,9}$/;

/** The file name of a path, if it has an extension: `import.py` for `/tmp/x7/run/import.py`. */
const shortPath = (path: string): string => {
  const last = trimEndOf(path, '/\\').split(/[/\\]/).at(-1) ?? '';
  if (/^\/(?:dev|proc|etc|api|v\d)\b/.test(path)) return withoutNumbers(path);
  return WITH_EXTENSION.test(last) ? last : '<path>';
};

const URL_PATTERN = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{0,30}):\/\/([^\s/"'<>)\]]+)([^\s"'<>)\]]*)/gi;

/** Scheme, host and path of a URL, without its query. */
const shortUrls = (text: string): string =>
  text.replace(URL_PATTERN, (_, scheme: string, host: string, rest: string) => {
    const path = trimEndOf(rest.replace(/[?#].*$/s, ''), '.,;:');
    return `${scheme.toLowerCase()}://${host}${path}`;
  });

const POSITIONS = /(?<=[\w)\]>])(?::\d+(?::\d+)?(?=\D|$)|\(\d+,\s?\d+\)|, line \d+|:line \d+)/g;

/** The text without what differs at every run; codes, words and file names stay. */
export const scrub = (text: string): string => {
  const plain = shortUrls(withoutEscapes(text)).replace(PATH, shortPath);
  const stable = VOLATILES.reduce((left, { pattern, name }) => left.replace(pattern, name), plain);
  return withoutNumbers(
    stable.replace(POSITIONS, (position, at: number) => withoutPosition(stable, at, position)),
  );
};

/** Removes a position in a file; a port after a host stays. */
const withoutPosition = (text: string, at: number, position: string): string =>
  /(?:localhost|\.(?:com|net|org|io|local|internal|svc|dev))$/i.test(text.slice(Math.max(0, at - 40), at))
    ? position
    : '';

const NAMES = 'time|id|address|hex|duration|size|n|path';
const PLACEHOLDER = new RegExp(
  `\\s?(?:[[({"'\`]<(?:${NAMES})>[\\])}"'\`]|<(?:${NAMES})>)(?:[:/,.-]?<(?:${NAMES})>)*`,
  'g',
);

/** A placeholder inside a name: `orders-<time>.dump` becomes `orders.dump`. */
const GLUED = /(?<=\w)[-_.]<(?:time|id|hex|n)>(?=[-_.]\w)/g;

/** The text for people and embedders: scrubbed, and without placeholders. */
export const plainText = (text: string): string =>
  scrub(text)
    .replace(GLUED, '')
    .replace(PLACEHOLDER, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/ ([,.;:)])/g, '$1')
    .replace(/\( ?\)|\[ ?\]|=(?=\s|$)/g, '')
    .trim();

const REFERENCE =
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b|(?<![\w./-])(?=[\w.#/-]{0,64}\d)[A-Za-z]{0,24}[-_#/]?[\w]*\d[\w]*(?:[-_.:/]\w+)*/gi;

/** Ids, numbers of three or more digits, and addresses of a text, in lower case. Searches find by them what `plainText` leaves out. */
export const referencesIn = (text: string, max = 24): readonly string[] => {
  const found = [...withoutTimes(text).matchAll(REFERENCE)].map(([one]) =>
    trimEndOf(one.toLowerCase(), '.:/-'),
  );
  const references = found.filter((one) => one.length >= 3 && one.length <= 64 && !isTime(one));
  return [...new Set(references)].slice(0, max);
};

const withoutTimes = (text: string): string =>
  VOLATILES.filter(({ name }) => name === '<time>').reduce(
    (left, { pattern }) => left.replace(pattern, ' '),
    text,
  );

const isTime = (one: string): boolean =>
  /^\d{1,2}:\d{2}|^\d+(?:\.\d+)?(?:ms|s|m|h|kb|mb|gb|mib|gib)$/.test(one);
