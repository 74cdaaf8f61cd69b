import type { EpochMs } from '@precedent/kernel';
import { BANDS, ownValue } from '@precedent/kernel';
import { DOCUMENT_KINDS } from '@precedent/contract-types';
import { singleLine } from '../text/words.ts';
import type { FilterField, QueryFilters } from './filters.ts';
import { pointInTime, TIME_PHRASES } from './when.ts';

/** A parsed query. `phrases` are the words that became filters, so that a person can undo the parsing. */
export interface ParsedQuery {
  readonly text: string;
  readonly filters: QueryFilters;
  readonly limit?: number;
  readonly phrases: readonly { readonly field: string; readonly words: string }[];
}

interface PartialQuery {
  text: string;
  filters: QueryFilters;
  limit?: number;
  readonly phrases: { field: string; words: string }[];
}

const OUTCOMES: Readonly<Record<string, string>> = {
  failed: 'failed',
  failing: 'failed',
  failure: 'failed',
  failures: 'failed',
  broken: 'failed',
  crashed: 'failed',
  unsuccessful: 'failed',
  succeeded: 'completed',
  successful: 'completed',
  successes: 'completed',
  completed: 'completed',
  passed: 'completed',
  passing: 'completed',
  cancelled: 'cancelled',
  canceled: 'cancelled',
  'timed out': 'timed_out',
  'timed-out': 'timed_out',
  timed_out: 'timed_out',
  preempted: 'preempted',
};
const OUTCOME =
  '(failed|failing|unsuccessful|crashed|broken|succeeded|successful|completed|passed|passing|cancell?ed|timed[- _]out|preempted)';
const THING =
  '(?:tasks?|runs?|jobs?|attempts?|builds?|imports?|exports?|deploy(?:ment|s)?s?|tests?|migrations?|backups?|reports?|calls?|ones?|executions?|syncs?)';
const STOP =
  '(?=\\s*$|[?.!,]|\\s+(?:in|on|since|last|this|today|yesterday|between|during|before|after|for|of|from|with)\\b)';

const QUALIFIER =
  /(?:^|\s)(project|type|kind|outcome|status|state|band|priority|worker|task|since|after|until|before|limit):\s*("[^"]+"|[^\s]+)/gi;
const FIELD_OF: Readonly<Record<string, FilterField>> = {
  status: 'outcome',
  state: 'outcome',
  priority: 'band',
};
const KINDS: ReadonlySet<string> = new Set(DOCUMENT_KINDS);
const BAND_NAMES: ReadonlySet<string> = new Set(BANDS);

/**
 * Parses filters from a query in English or in `field:value` form. Only unambiguous filters are taken; the rest stays the text of the
 * query. Relative times count from `now`, in UTC.
 */
export const parseQuery = (query: string, now: EpochMs): ParsedQuery => {
  const partial: PartialQuery = { text: ` ${singleLine(query)} `, filters: {}, phrases: [] };
  takeQualifiers(partial, now);
  // Quoted phrases are searched literally.
  const { text, quoted } = withoutQuotes(partial.text);
  partial.text = text;
  takeLimits(partial);
  takeTimes(partial, now);
  for (const one of PHRASES) takePhrase(partial, one);
  const left = singleLine(
    partial.text.replace(/\uE000(\d+)\uE000/g, (_, at: string) => quoted[Number(at)] ?? ''),
  );
  return {
    // A query of filters alone is searched by its own text.
    text: partial.phrases.length === 0 ? singleLine(query) : withoutDanglingWords(left) || singleLine(query),
    filters: partial.filters,
    ...(partial.limit !== undefined && { limit: partial.limit }),
    phrases: partial.phrases,
  };
};

const withoutDanglingWords = (text: string): string =>
  text
    .replace(/^(?:and|that|which|for|in|of|the|,)\s+|\s+(?:and|that|which|in|on|of|for|from|the|,)$/gi, '')
    .trim();

const withoutQuotes = (text: string): { text: string; quoted: string[] } => {
  const quoted: string[] = [];
  const left = text.replace(/"[^"]*"/g, (one) => `\uE000${quoted.push(one) - 1}\uE000`);
  return { text: left, quoted };
};

const takeQualifiers = (partial: PartialQuery, now: EpochMs): void => {
  partial.text = partial.text.replace(QUALIFIER, (whole: string, key: string, given: string) =>
    takeQualifier(partial, { key: key.toLowerCase(), value: given.replace(/^"|"$/g, ''), now })
      ? recordPhrase(partial, key, whole)
      : whole,
  );
};

const recordPhrase = (partial: PartialQuery, field: string, words: string): string => {
  partial.phrases.push({ field: field.toLowerCase(), words: words.trim() });
  return ' ';
};

interface Qualifier {
  readonly key: string;
  readonly value: string;
  readonly now: EpochMs;
}

const takeQualifier = (partial: PartialQuery, { key, value, now }: Qualifier): boolean => {
  if (key === 'limit') return takeLimit(partial, value);
  if (['since', 'after', 'until', 'before'].includes(key)) return takeTime(partial, { key, value, now });
  const field = (ownValue(FIELD_OF, key) ?? key) as FilterField;
  const values = value.split(',').map((one) => storedValue(field, one));
  if (values.some((one) => one === undefined)) return false;
  partial.filters = { ...partial.filters, [field]: values };
  return true;
};

/** The value as documents hold it; `undefined` for a value that the field cannot have. */
const storedValue = (field: FilterField, value: string): string | undefined => {
  const low = value.toLowerCase();
  if (field === 'outcome') return ownValue(OUTCOMES, low);
  if (field === 'band') return BAND_NAMES.has(low) ? low : undefined;
  if (field === 'kind') return KINDS.has(low) ? low : undefined;
  return value;
};

const takeLimit = (partial: PartialQuery, value: string): boolean => {
  const limit = Number(value);
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000) return false;
  partial.limit = limit;
  return true;
};

const takeTime = (partial: PartialQuery, { key, value, now }: Qualifier): boolean => {
  const span = pointInTime(value.replaceAll('_', ' '), now);
  if (span?.since === undefined) return false;
  const bound = key === 'since' || key === 'after' ? { since: span.since } : { until: span.since };
  partial.filters = { ...partial.filters, ...bound };
  return true;
};

const LIMIT = new RegExp(
  `\\b(?:limit(?: to)?|top|first|at most|up to) (\\d{1,3})(?: (?:results?|hits?))?(?![\\w.:/-])|\\b(?:last|latest) (\\d{1,3}) (?=(?:\\w+ )?${THING}\\b)`,
  'i',
);

const takeLimits = (partial: PartialQuery): void => {
  const match = LIMIT.exec(partial.text);
  if (!match || !takeLimit(partial, match[1] ?? match[2] ?? '')) return;
  partial.text = partial.text.replace(match[0], recordPhrase(partial, 'limit', match[0]));
};

/** Takes every time phrase, because `since … until …` may be two. */
const takeTimes = (partial: PartialQuery, now: EpochMs): void => {
  for (const { pattern, read } of TIME_PHRASES) {
    const match = pattern.exec(partial.text);
    const span = match && read(match, now);
    if (!match || !span) continue;
    partial.filters = { ...span, ...partial.filters };
    partial.text = partial.text.replace(match[0], recordPhrase(partial, 'time', match[0]));
  }
};

interface Phrase {
  readonly field: FilterField;
  readonly pattern: RegExp;
  readonly value: (match: RegExpExecArray) => string | undefined;
}

const NAME = '([A-Za-z0-9][\\w-]{0,63})';
const NO_NAME =
  /^(?:is|was|are|the|a|an|that|which|with|had|has|to|for|and|or|of|in|on|name|names|type|types|task|tasks|error|id|it|this|files?|lost|died|pool|process)$/i;

const nameOf = (match: RegExpExecArray): string | undefined => {
  const name = match.slice(1).find((one) => one !== undefined);
  return name === undefined || NO_NAME.test(name) ? undefined : name;
};

const outcomeOf = (match: RegExpExecArray): string | undefined =>
  ownValue(OUTCOMES, (match[1] ?? match[2] ?? '').toLowerCase().replace(/[-_]/, ' '));

const PHRASES: readonly Phrase[] = [
  {
    field: 'project',
    pattern: new RegExp(`\\b(?:in|of|for|from|within) (?:the )?project ${NAME}(?![\\w.-])`, 'i'),
    value: nameOf,
  },
  {
    field: 'project',
    pattern: new RegExp(`\\b(?:in|of|for|from|within) (?:the )?${NAME} project\\b`, 'i'),
    value: nameOf,
  },
  { field: 'type', pattern: /\b(?:of|with) type ([\w-]+(?:\.[\w-]+)*)/i, value: nameOf },
  {
    field: 'worker',
    pattern: new RegExp(`\\b(?:on|by|from) (?:the )?worker ${NAME}(?![\\w.-])`, 'i'),
    value: nameOf,
  },
  {
    field: 'band',
    pattern: /\b(?:in |of |with )?(?:the )?(critical|high|normal|low)[- ](?:band|priority)\b/i,
    value: (match) => match[1]?.toLowerCase(),
  },
  {
    field: 'band',
    pattern: /\b(?:band|priority) (critical|high|normal|low)\b/i,
    value: (match) => match[1]?.toLowerCase(),
  },
  {
    field: 'outcome',
    pattern: new RegExp(
      `\\b(?:that|which|who|and|what)(?: ${THING})? (?:have |has |were |was |are )?${OUTCOME}${STOP}`,
      'i',
    ),
    value: outcomeOf,
  },
  {
    field: 'outcome',
    pattern: new RegExp(`\\b(?:all |only |the |any ){0,3}${OUTCOME} (?=(?:\\S+ ){0,2}${THING}\\b)`, 'i'),
    value: outcomeOf,
  },
  {
    field: 'outcome',
    pattern:
      /\b(?:only |all |the )?(failures|successes) (?:of|in|on|with|for)\b|\bonly (failures|successes)\b/i,
    value: outcomeOf,
  },
];

const takePhrase = (partial: PartialQuery, { field, pattern, value }: Phrase): void => {
  const match = pattern.exec(partial.text);
  const found = match ? value(match) : undefined;
  if (!match || found === undefined || partial.filters[field] !== undefined) return;
  partial.filters = { ...partial.filters, [field]: [found] };
  partial.text = partial.text.replace(match[0], recordPhrase(partial, field, match[0]));
};
