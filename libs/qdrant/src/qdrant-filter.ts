import { ANY } from '@precedent/contract-types';
import type { Clearances } from '@precedent/contract-types';
import { LABEL_FIELD, wordsOf } from '@precedent/ports';
import type { PointAge, PointFilter, PointMark } from '@precedent/ports';
import type { Schemas } from '@qdrant/js-client-rest';

type Condition =
  | Schemas['FieldCondition']
  | Schemas['HasIdCondition']
  | Schemas['IsEmptyCondition']
  | Schemas['Filter'];
type Wanted = string | number | boolean | readonly (string | number)[];

/** The mark as a filter of Qdrant; an empty mark matches all points. */
export const qdrantMark = (mark: PointMark): Schemas['Filter'] => ({
  must: Object.entries(mark).map(([key, wanted]) => oneOf(key, wanted)),
});

/** The age as a filter of Qdrant, through all namespaces. */
export const qdrantAge = ({ field, before, not = {} }: PointAge): Schemas['Filter'] => ({
  must: [{ key: field, range: { lt: before } }],
  must_not: noneOf(not),
});

/** A condition that no point meets. */
const NOTHING: Condition = { has_id: [] };

/** The filter as a filter of Qdrant. The namespace is always its first condition. */
export const qdrantFilter = (filter: PointFilter, anyTerm?: readonly string[]): Schemas['Filter'] => {
  const { namespace, fields = {}, not = {}, ranges = {}, cleared } = filter;
  const must: Condition[] = [{ key: 'namespace', match: { value: namespace } }];
  for (const [key, wanted] of Object.entries(fields)) must.push(oneOf(key, wanted));
  for (const [key, { from, to }] of Object.entries(ranges)) {
    if (from === undefined && to === undefined) continue;
    must.push({
      key,
      range: { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lt: to }) },
    });
  }
  if (anyTerm !== undefined) must.push(withTerm(anyTerm));
  if (cleared !== undefined) must.push(...clearedFor(cleared));
  const must_not = noneOf(not);
  return { must, ...(must_not.length > 0 && { must_not }) };
};

const UNLABELLED = { is_empty: { key: LABEL_FIELD } } as const;

/** As `isClearedFor` decides. */
const clearedFor = ({ clearances, projectClearances = [] }: Clearances): Condition[] => {
  if (clearances === ANY) return [];
  const inProjects = projectClearances.map(({ project, labels }) => ({
    must: [oneOf('project', project), ...(labels.includes(ANY) ? [] : [oneOf(LABEL_FIELD, labels)])],
  }));
  return [{ should: [UNLABELLED, oneOf(LABEL_FIELD, clearances), ...inProjects] }];
};

const noneOf = (not: NonNullable<PointFilter['not']>): Condition[] =>
  Object.entries(not).map(([key, wanted]) => oneOf(key, wanted));

const oneOf = (key: string, wanted: Wanted): Condition => {
  if (typeof wanted === 'string' || typeof wanted === 'boolean') return { key, match: { value: wanted } };
  if (typeof wanted === 'number') return equal(key, wanted);
  const texts = wanted.filter((value) => typeof value === 'string');
  const numbers = wanted.filter((value) => typeof value === 'number');
  const any = [
    ...(texts.length > 0 ? [{ key, match: { any: texts } }] : []),
    ...numbers.map((value) => equal(key, value)),
  ];
  return any.length === 0 ? NOTHING : { should: any };
};

/** A range, because `match` takes whole numbers only and does not use a float index. */
const equal = (key: string, value: number): Condition => ({ key, range: { gte: value, lte: value } });

/** Points whose text holds one of the terms: the words of the term, in sequence. See `hasTerm`. */
const withTerm = (terms: readonly string[]): Condition => {
  const phrases = terms.map((term) => wordsOf(term).join(' ')).filter((phrase) => phrase !== '');
  if (phrases.length === 0) return NOTHING;
  return { should: phrases.map((phrase) => ({ key: 'text', match: { phrase } })) };
};
