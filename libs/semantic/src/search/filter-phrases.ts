import { ownValue } from '@precedent/kernel';
import type { FilterField } from './filters.ts';
import { END, FAILURE_NOUNS, GAP, LEAD, OUTCOME, OUTCOMES, RUNS, RUN_NAMES, START, STOP } from './phrases.ts';

/** A pattern for the words of a filter. It matches only where they can mean nothing else. */
export interface FilterPhrase {
  readonly field: FilterField;
  readonly pattern: RegExp;
  readonly value: (match: RegExpExecArray) => string | undefined;
  /** It is a filter only next to another one: `failures` in "failures this morning". */
  readonly needsOther?: true;
}

const NAME = '([A-Za-z0-9][\\w-]{0,63})';
const NO_NAME =
  /^(?:is|was|are|the|a|an|that|which|with|had|has|to|for|and|or|of|in|on|name|names|type|types|task|tasks|error|id|it|this|files?|lost|died|pool|process|settings|references|root|config|configuration)$/i;

const captured = (match: RegExpExecArray): string | undefined =>
  match.slice(1).find((one) => one !== undefined);

const nameOf = (match: RegExpExecArray): string | undefined => {
  const name = captured(match);
  return name === undefined || NO_NAME.test(name) ? undefined : name;
};

const outcomeOf = (match: RegExpExecArray): string | undefined =>
  ownValue(OUTCOMES, (captured(match) ?? '').toLowerCase().replace(/[-_]/, ' '));

const bandOf = (match: RegExpExecArray): string | undefined => captured(match)?.toLowerCase();

const pattern = (...parts: readonly string[]): RegExp => new RegExp(parts.join(''), 'i');

const BAND = '(critical|high|normal|low)';
const IN = '(?:in|of|for|from|within)';

const NAMES: readonly FilterPhrase[] = [
  { field: 'project', pattern: pattern(`\\b${IN} (?:the )?project ${NAME}`, STOP), value: nameOf },
  { field: 'project', pattern: pattern(START, `${IN} (?:the )?project ${NAME}(?= )`), value: nameOf },
  { field: 'project', pattern: pattern(`\\b${IN} (?:the )?${NAME} project`, END), value: nameOf },
  {
    field: 'type',
    pattern: pattern(`(?<=\\b${RUNS} )(?:of|with) type ([\\w-]+(?:\\.[\\w-]+)*)`, STOP),
    value: nameOf,
  },
  {
    field: 'worker',
    pattern: pattern(`\\b(?:on|by|from) (?:the )?worker ([A-Za-z][\\w.]*[-_.\\d][\\w.-]*)`, STOP),
    value: nameOf,
  },
  {
    field: 'band',
    pattern: pattern(START, LEAD, BAND, `[- ](?:priority|band) (?=${RUNS}\\b)`),
    value: bandOf,
  },
  { field: 'band', pattern: pattern(`\\b(?:in|of|from|on) (?:the )?${BAND}[- ]band`, END), value: bandOf },
  {
    field: 'band',
    pattern: pattern(`(?<=\\b${RUNS} )(?:in|of|with|at) ${BAND}[- ]priority`, STOP),
    value: bandOf,
  },
];

const OUTCOME_PHRASES: readonly Omit<FilterPhrase, 'field' | 'value'>[] = [
  { pattern: pattern(START, LEAD, OUTCOME, ` (?=${RUN_NAMES}${RUNS}`, STOP, ')') },
  // Only what runs here is preempted.
  { pattern: pattern(START, LEAD, `(preempted) (?=[\\w-]+s`, STOP, ')') },
  {
    pattern: pattern(
      `(?<=\\b${RUNS}(?: ?${GAP}| (?:in|of|on|from) [\\w.-]+)? ?)(?:that|which) (?:have |has |were |was |are |got )?`,
      OUTCOME,
      END,
    ),
  },
  { pattern: pattern(START, `only (?:the )?`, OUTCOME, `(?: ones| ${RUNS})?`, STOP) },
  { pattern: pattern(START, OUTCOME, `(?: ones| ${RUNS})? only`, END) },
  { pattern: pattern(START, '(failures|timeouts|cancellations|successes|preemptions) only', END) },
  {
    pattern: pattern(START, `(?:which|what) ${RUNS} (?:have |has |had |were |was |are |got )?`, OUTCOME, END),
  },
  {
    pattern: pattern(
      START,
      '(?:only|just) (?:the )?(failures|timeouts|cancellations|successes|preemptions)',
      STOP,
    ),
  },
  {
    pattern: pattern(
      START,
      '(?:(?:show|list|find|give|get)(?: me)? )?(?:all|every)(?: the| of the)? (failures|timeouts|cancellations|successes|preemptions)',
      STOP,
    ),
  },
];

const NEXT_TO_OTHERS: readonly Omit<FilterPhrase, 'field' | 'value'>[] = [
  { pattern: pattern(START, LEAD, '(failures|cancellations|successes|preemptions)', END) },
  { pattern: pattern(START, LEAD, OUTCOME, END) },
  { pattern: pattern(START, `what (?:has |have |was |were |got )?`, OUTCOME, END) },
];

/** Tried in this order. */
export const FILTER_PHRASES: readonly FilterPhrase[] = [
  ...NAMES,
  ...OUTCOME_PHRASES.map((one) => ({ ...one, field: 'outcome' as const, value: outcomeOf })),
  ...NEXT_TO_OTHERS.map((one) => ({
    ...one,
    field: 'outcome' as const,
    value: outcomeOf,
    needsOther: true as const,
  })),
];

const HITS = '(?:results|hits|matches)';

/** The number of hits is the captured group. */
export const LIMIT_PHRASES: readonly RegExp[] = [
  pattern(START, LEAD, `(?:top|first|at most|up to) (\\d{1,3}) ${HITS}`, STOP),
  pattern(START, LEAD, '(?:top|at most|up to) (\\d{1,3}) (?=(?:notes|resolutions)\\b)'),
  pattern(
    START,
    LEAD,
    `(?:top|last|latest|at most|up to) (\\d{1,3}) (?=(?:${OUTCOME} )?(?:${FAILURE_NOUNS}|${RUNS})`,
    STOP,
    ')',
  ),
  pattern(`(?:\\btop|\\bat most|\\blimit(?:ed)? to) (\\d{1,3})(?: ${HITS})?`, END),
];
