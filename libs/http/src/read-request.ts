import { takesNamespace } from '@precedent/contracts';
import type { Operation } from '@precedent/contracts';
import { AppError } from '@precedent/kernel';
import type { RoutedOperation } from './routes.ts';

export type RequestFields = Readonly<Record<string, unknown>>;

/** The parts of an HTTP request that an operation is made of. */
export interface RequestParts {
  readonly params: RequestFields;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  readonly body: unknown;
}

type Kind = 'text' | 'number' | 'flag' | 'list' | 'json';

/**
 * Reads requests of one operation. The service checks them: what has no field, or is of the wrong kind, stays as it came. A namespace in
 * the query of an operation that has no such field is only that of the subject.
 */
export const requestReader = ({
  method,
  operation,
}: RoutedOperation): ((parts: RequestParts) => RequestFields) => {
  const kinds = kindsOf(operation);
  const isNamed = takesNamespace(operation);
  return ({ params, query, body }) => {
    const { namespace, ...others } = query;
    const named = isNamed && namespace !== undefined ? { ...others, namespace } : others;
    const fields = queryFields(named, kinds);
    return { ...(method !== 'GET' && bodyFields(body)), ...fields, ...params };
  };
};

const bodyFields = (body: unknown): RequestFields => {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as RequestFields;
  throw new AppError('INVALID_REQUEST', 'the body is not a JSON object');
};

const queryFields = (query: RequestParts['query'], kinds: ReadonlyMap<string, Kind>): RequestFields =>
  Object.fromEntries(
    Object.entries(query).map(([name, value]) => [name, fieldOf(value, kinds.get(name) ?? 'text')]),
  );

const fieldOf = (value: string | readonly string[], kind: Kind): unknown => {
  if (kind === 'list') return [value].flat().flatMap((text) => (text === '' ? [] : text.split(',')));
  if (typeof value !== 'string') return value;
  if (kind === 'number') return value.trim() === '' ? value : numberOr(value);
  if (kind === 'flag') return value === 'true' ? true : value === 'false' ? false : value;
  return kind === 'json' ? jsonOr(value) : value;
};

const numberOr = (text: string): number | string => (Number.isFinite(Number(text)) ? Number(text) : text);

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
};

interface JsonSchema {
  readonly type?: string;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

const kindsOf = ({ request }: Operation): ReadonlyMap<string, Kind> => {
  const { properties = {} } = request.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return new Map(Object.entries(properties).map(([name, schema]) => [name, kindOf(schema)]));
};

const KINDS: Readonly<Record<string, Kind>> = {
  integer: 'number',
  number: 'number',
  boolean: 'flag',
  array: 'list',
  object: 'json',
};

const kindOf = ({ type, anyOf = [] }: JsonSchema): Kind => {
  const named = [type, ...anyOf.map((one) => one.type)].find((one) => one !== undefined && one in KINDS);
  return (named !== undefined && KINDS[named]) || 'text';
};
