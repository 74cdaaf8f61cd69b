import type { EpochMs } from '@precedent/kernel';
import { BANDS, ownValue } from '@precedent/kernel';
import { DOCUMENT_KINDS } from '@precedent/contract-types';
import type { ParsedFilter, ParsedPhrase } from '@precedent/contract-types';
import { singleLine } from '../text/words.ts';
import { FILTER_PHRASES, LIMIT_PHRASES } from './filter-phrases.ts';
import type { FilterPhrase } from './filter-phrases.ts';
import type { FilterField, QueryFilters } from './filters.ts';
import { GAP, OUTCOMES } from './phrases.ts';
import { isAboutRuns, isListing, soughtProblem } from './questions.ts';
import { TIME_PHRASES } from './time-phrases.ts';
import { pointInTime } from './when.ts';

/** A parsed query. `phrases` are the words that became filters, so that a person can undo the parsing. */
export interface ParsedQuery {
  readonly text: string;
  readonly filters: QueryFilters;
  readonly limit?: number;
  readonly phrases: readonly ParsedPhrase[];
  /** Resolutions: it asks what fixed a problem. Runs: also of tasks that did not fail. List: whatever meets the filters. */
  readonly seeks?: 'resolutions' | 'runs' | 'list';
}

interface PartialQuery {
  text: string;
  filters: QueryFilters;
  limit?: number;
  readonly phrases: ParsedPhrase[];
  readonly ignored: ReadonlySet<ParsedFilter>;
}

/** Longer texts are no questions: nothing is parsed from a log. */
const PARSED_CHARS = 1_000;

const QUALIFIER =
  /(?:^|\s)(project|type|kind|outcome|status|state|band|priority|worker|task|since|after|until|before|limit):("[^"]+"|[^\s"]+)/gi;
const FIELD_OF: Readonly<Record<string, ParsedFilter>> = {
  status: 'outcome',
  state: 'outcome',
  priority: 'band',
  since: 'time',
  after: 'time',
  until: 'time',
  before: 'time',
};
const KINDS: ReadonlySet<string> = new Set(DOCUMENT_KINDS);
const BAND_NAMES: ReadonlySet<string> = new Set(BANDS);
/** The order of filters in a sentence is free, and each that is taken may make room for another one. */
const ROUNDS = 3;

/** The query as it is, without filters. */
export const unparsedQuery = (query: string): ParsedQuery => ({ text: query, filters: {}, phrases: [] });

/**
 * Parses filters from a query in English or in `field:value` form. Only unambiguous filters are taken, and none of the ignored ones; the
 * rest stays the text of the query. Relative times count from `now`, in UTC.
 */
export const parseQuery = (
  query: string,
  now: EpochMs,
  ignored: readonly ParsedFilter[] = [],
): ParsedQuery => {
  if (query.length > PARSED_CHARS) return unparsedQuery(singleLine(query));
  const plain = singleLine(query).replaceAll(GAP, '');
  const partial: PartialQuery = { text: plain, filters: {}, phrases: [], ignored: new Set(ignored) };
  takeQualifiers(partial, now);
  // Quoted phrases are searched literally.
  const { text, quoted } = withoutQuotes(partial.text);
  partial.text = text;
  for (let round = 0; round < ROUNDS; round++) takeFilters(partial, now);
  const left = partial.text
    .replaceAll(GAP, ' ')
    .replace(/\uE000(\d+)\uE000/g, (_, at: string) => quoted[Number(at)] ?? '');
  const { phrases, filters, limit } = partial;
  const rest = phrases.length === 0 ? plain : withoutDanglingWords(singleLine(left));
  return {
    ...intentOf(rest, phrases),
    ...(rest === '' && { text: plain }),
    filters,
    ...(limit !== undefined && { limit }),
    phrases,
  };
};

const intentOf = (text: string, phrases: ParsedQuery['phrases']): Pick<ParsedQuery, 'text' | 'seeks'> => {
  const problem = soughtProblem(text);
  if (problem !== undefined) return { text: problem, seeks: 'resolutions' };
  if (isListing(text) && phrases.some(({ field }) => field !== 'limit')) return { text, seeks: 'list' };
  return isAboutRuns(text) ? { text, seeks: 'runs' } : { text };
};

const takeFilters = (partial: PartialQuery, now: EpochMs): void => {
  takeLimits(partial);
  takeTimes(partial, now);
  for (const one of FILTER_PHRASES) takePhrase(partial, one);
};

const withoutDanglingWords = (text: string): string =>
  text
    .replace(
      /^(?:(?:and|that|which|for|in|of|the|with)\s+|[,;]\s*)|(?:\s+(?:and|that|which|in|on|of|for|from|the|with)|\s*[,;])$/gi,
      '',
    )
    .trim();

const withoutQuotes = (text: string): { text: string; quoted: string[] } => {
  const quoted: string[] = [];
  const left = text.replace(/"[^"]*"/g, (one) => `\uE000${quoted.push(one) - 1}\uE000`);
  return { text: left, quoted };
};

const takeQualifiers = (partial: PartialQuery, now: EpochMs): void => {
  partial.text = partial.text.replace(QUALIFIER, (whole: string, key: string, given: string) => {
    const low = key.toLowerCase();
    const field = (ownValue(FIELD_OF, low) ?? low) as ParsedFilter;
    const qualifier = { key: low, field, value: given.replace(/^"|"$/g, ''), now };
    if (partial.ignored.has(field) || !takeQualifier(partial, qualifier)) return whole;
    partial.phrases.push({ field, words: whole.trim() });
    return ` ${GAP}`;
  });
};

interface Qualifier {
  readonly key: string;
  readonly field: ParsedFilter;
  readonly value: string;
  readonly now: EpochMs;
}

const takeQualifier = (partial: PartialQuery, { key, field, value, now }: Qualifier): boolean => {
  if (field === 'limit') return takeLimit(partial, value);
  if (field === 'time') return takeTime(partial, { key, value, now });
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

const takeTime = (partial: PartialQuery, { key, value, now }: Omit<Qualifier, 'field'>): boolean => {
  const span = pointInTime(value.replaceAll('_', ' '), now);
  if (span?.since === undefined) return false;
  const bound = key === 'since' || key === 'after' ? { since: span.since } : { until: span.since };
  partial.filters = { ...partial.filters, ...bound };
  return true;
};

const takeLimits = (partial: PartialQuery): void => {
  for (const pattern of partial.ignored.has('limit') ? [] : LIMIT_PHRASES) {
    const match = partial.limit === undefined ? pattern.exec(partial.text) : undefined;
    if (match && takeLimit(partial, match[1] ?? '')) takeMatch(partial, 'limit', match);
  }
};

/** Takes every time phrase, because `since … until …` may be two. */
const takeTimes = (partial: PartialQuery, now: EpochMs): void => {
  for (const { pattern, read } of partial.ignored.has('time') ? [] : TIME_PHRASES) {
    const match = pattern.exec(partial.text);
    const span = match && read(match, now);
    if (!match || !span) continue;
    partial.filters = { ...span, ...partial.filters };
    takeMatch(partial, 'time', match);
  }
};

const takePhrase = (partial: PartialQuery, { field, pattern, value, needsOther }: FilterPhrase): void => {
  const { filters, phrases, ignored, text } = partial;
  if (ignored.has(field) || filters[field] !== undefined || (needsOther && phrases.length === 0)) return;
  const match = pattern.exec(text);
  const found = match ? value(match) : undefined;
  if (!match || found === undefined) return;
  partial.filters = { ...filters, [field]: [found] };
  takeMatch(partial, field, match);
};

/** Replaces what a pattern matched by a gap, next to which another filter may stand. */
const takeMatch = (
  partial: PartialQuery,
  field: ParsedFilter,
  { 0: words, index }: RegExpExecArray,
): void => {
  const { text, phrases } = partial;
  phrases.push({ field, words: words.trim() });
  partial.text = singleLine(`${text.slice(0, index)} ${GAP} ${text.slice(index + words.length)}`);
};
