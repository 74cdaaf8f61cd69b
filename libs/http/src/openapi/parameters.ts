import type { OperationName } from '@precedent/contracts';
import { NAMESPACE_PATTERN } from '@precedent/ports';
import { isTagged, readBefore } from '../entity-tags.ts';
import type { RoutedOperation } from '../routes.ts';
import { content } from './content.ts';
import type { Json } from './named-schemas.ts';
import { FOLLOWED } from './streams.ts';

/** FieldSchemas of a request, as JSON schemas. */
export interface FieldSchemas {
  readonly properties: Readonly<Record<string, Json>>;
  readonly required: readonly string[];
}

/** In which the caller acts, where the request itself does not say it. */
export const NAMESPACE: Json = {
  name: 'namespace',
  in: 'query',
  schema: { type: 'string', pattern: NAMESPACE_PATTERN.source },
};

const header = (name: string, description: string): Json => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});

export const LAST_EVENT_ID = header(
  'Last-Event-ID',
  'The id of the last frame: the stream goes on behind it.',
);

/** The parameters and the body of a request, from the fields in its path and the others. */
export const requestOf = ({ name, method, path }: RoutedOperation, request: Json): Json => {
  const [inPath, others] = splitFields(path, request);
  const parameters = [
    ...parametersOf(inPath, 'path'),
    ...(method === 'POST' ? [] : parametersOf(others, 'query')),
    ...('namespace' in others.properties ? [] : [NAMESPACE]),
    ...conditionsOf(name),
  ];
  return { ...(parameters.length > 0 && { parameters }), ...(method === 'POST' && bodyOf(others)) };
};

const splitFields = (path: string, request: Json): readonly [FieldSchemas, FieldSchemas] => {
  const { properties = {}, required = [] } = request as Partial<FieldSchemas>;
  const isInPath = (name: string): boolean => path.includes(`{${name}}`);
  const pick = (wanted: (name: string) => boolean): FieldSchemas => ({
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => wanted(name))),
    required: required.filter(wanted),
  });
  return [pick(isInPath), pick((name) => !isInPath(name))];
};

export const parametersOf = ({ properties, required }: FieldSchemas, place: 'path' | 'query'): Json[] =>
  Object.entries(properties).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(schema['type'] === 'object'
      ? { content: content('application/json', schema) }
      : { schema, ...(schema['type'] === 'array' && { style: 'form', explode: false }) }),
  }));

/** Headers that make a request depend on the state. */
const conditionsOf = (name: OperationName): readonly Json[] => [
  ...(name in FOLLOWED ? [LAST_EVENT_ID] : []),
  ...(isTagged(name)
    ? [header('If-None-Match', 'An ETag that the client has: 304 where it still holds.')]
    : []),
  ...(readBefore(name) === undefined
    ? []
    : [header('If-Match', `The ETag of ${String(readBefore(name))}: 412 where it holds no more.`)]),
];

const bodyOf = ({ properties, required }: FieldSchemas): Json => {
  if (Object.keys(properties).length === 0) return {};
  const body = { type: 'object', properties, required, additionalProperties: false };
  return { requestBody: { required: required.length > 0, content: content('application/json', body) } };
};
