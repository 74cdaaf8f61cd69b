import { AppError, cutGraphemes } from '@precedent/kernel';
import type {
  CollectionSpec,
  Point,
  PointAge,
  PointFilter,
  PointMark,
  PointQuery,
  PointVector,
} from './vector-index.port.ts';

/** What every vector index refuses alike, before it does anything. */
export const VECTOR_LIMITS = {
  dimensions: 65_536,
  upsert: 1_000,
  query: 1_000,
  page: 10_000,
  anyTerm: 100,
  /** Letters of a text, of a value in a payload, and of a term. */
  text: 65_536,
} as const;

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const refuse = (field: string, fact: string): never => {
  throw new AppError('INVALID_REQUEST', `${field} ${fact}`, { issues: [{ field, message: fact }] });
};

/** Throws INVALID_REQUEST unless it may name a collection or an alias. */
export const checkCollectionName = (name: string, field = 'collection'): void => {
  if (!NAME.test(name)) refuse(field, `is 1 to 64 letters, digits, _ and -; got "${cutGraphemes(name, 80)}"`);
};

/** Throws INVALID_REQUEST for a name, a size or a field that no index takes. */
export const checkCollectionSpec = ({ name, dimensions, indexed }: CollectionSpec): void => {
  checkCollectionName(name, 'name');
  if (!isWithin(dimensions, VECTOR_LIMITS.dimensions))
    refuse('dimensions', `is 1 to ${VECTOR_LIMITS.dimensions}; got ${dimensions}`);
  for (const field of Object.keys(indexed)) checkField(field, 'indexed');
};

/** Throws INVALID_REQUEST, with the place of the first point that is not one. */
export const checkPoints = (points: readonly Point[]): void => {
  checkVectors(points);
  for (const [i, { payload }] of points.entries()) checkPayload(payload, `points[${i}].payload`);
};

/** Throws INVALID_REQUEST for vectors that no index takes. */
export const checkVectors = (points: readonly PointVector[]): void => {
  if (points.length > VECTOR_LIMITS.upsert)
    refuse('points', `are at most ${VECTOR_LIMITS.upsert}; got ${points.length}`);
  const dimensions = points[0]?.vector.length ?? 0;
  for (const [i, { id, vector }] of points.entries()) {
    const at = `points[${i}]`;
    checkId(id, `${at}.id`);
    checkVector(vector, `${at}.vector`);
    if (vector.length !== dimensions)
      refuse(`${at}.vector`, `has ${vector.length} dimensions; the first one has ${dimensions}`);
  }
};

/** Throws INVALID_REQUEST unless it is a UUID in lower case. */
export const checkId = (id: string, field: string): void => {
  if (!UUID.test(id)) refuse(field, `is a UUID in lower case; got "${cutGraphemes(id, 80)}"`);
};

const checkVector = (vector: Float32Array, field: string): void => {
  let sum = 0;
  for (const value of vector) sum += value * value;
  if (!Number.isFinite(sum) || sum === 0) refuse(field, 'has a direction: finite numbers, not all of them 0');
};

const checkPayload = (payload: Point['payload'], field: string): void => {
  checkNamespace(payload.namespace, `${field}.namespace`);
  if (!Number.isFinite(payload.at)) refuse(`${field}.at`, `is a time in milliseconds; got ${payload.at}`);
  if (typeof payload.text !== 'string') refuse(`${field}.text`, 'is a text');
  for (const [name, value] of Object.entries(payload)) {
    checkField(name, field);
    checkValue(value, `${field}.${name}`);
  }
};

const checkValue = (value: unknown, field: string): void => {
  for (const one of Array.isArray(value) ? value : [value]) {
    if (typeof one === 'string' && one.length > VECTOR_LIMITS.text)
      refuse(field, `has at most ${VECTOR_LIMITS.text} letters; got ${one.length}`);
    if (typeof one === 'string' && !one.isWellFormed())
      refuse(field, `is well-formed text; half a character is in "${cutGraphemes(one, 80)}"`);
    if (typeof one === 'number' ? !Number.isFinite(one) : !['string', 'boolean'].includes(typeof one))
      refuse(field, `is a text, a finite number or a boolean; got ${cutGraphemes(String(one), 80)}`);
  }
};

/** No dots and brackets: some indexes read them as a path. */
const checkField = (name: string, field: string): void => {
  if (!NAME.test(name))
    refuse(field, `has fields of 1 to 64 letters, digits, _ and -; got "${cutGraphemes(name, 80)}"`);
};

const checkNamespace = (namespace: unknown, field: string): void => {
  if (typeof namespace !== 'string' || namespace === '') refuse(field, 'is missing');
};

/** Throws INVALID_REQUEST for a filter without a namespace, and for values that cannot be compared. */
export const checkFilter = ({ namespace, ...conditions }: PointFilter): void => {
  checkNamespace(namespace, 'filter.namespace');
  checkConditions(conditions);
};

/** Throws INVALID_REQUEST for a mark whose values cannot be compared. */
export const checkMark = (mark: PointMark): void => checkConditions({ fields: mark });

/** Throws INVALID_REQUEST for an age that cannot be compared. */
export const checkAge = ({ field, before, not = {} }: PointAge): void =>
  checkConditions({ not, ranges: { [field]: { to: before } } });

const checkConditions = ({ fields = {}, not = {}, ranges = {} }: Omit<PointFilter, 'namespace'>): void => {
  for (const [group, conditions] of Object.entries({ fields, not, ranges })) {
    for (const [name, value] of Object.entries(conditions)) {
      checkField(name, `filter.${group}`);
      const values = group === 'ranges' ? Object.values(value as object) : value;
      checkValue(values, `filter.${group}.${name}`);
    }
  }
};

/** Throws INVALID_REQUEST for a filter, a vector, a limit or terms that no index takes. */
export const checkQuery = ({ filter, vector, anyTerm = [], limit }: PointQuery): void => {
  checkFilter(filter);
  checkVector(vector, 'vector');
  checkLimit(limit, VECTOR_LIMITS.query);
  if (anyTerm.length > VECTOR_LIMITS.anyTerm)
    refuse('anyTerm', `has at most ${VECTOR_LIMITS.anyTerm} terms; got ${anyTerm.length}`);
  checkValue(anyTerm, 'anyTerm');
};

/** Throws INVALID_REQUEST for a page that is too large, or that starts after something that is no id. */
export const checkPage = ({ limit, after }: { readonly limit: number; readonly after?: string }): void => {
  checkLimit(limit, VECTOR_LIMITS.page);
  if (after !== undefined) checkId(after, 'after');
};

const checkLimit = (limit: number, max: number): void => {
  if (!isWithin(limit, max)) refuse('limit', `is 1 to ${max}; got ${limit}`);
};

const isWithin = (value: number, max: number): boolean =>
  Number.isInteger(value) && value >= 1 && value <= max;
