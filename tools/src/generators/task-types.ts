import { BUILTIN_TYPES, payloadJsonSchemas } from '@precedent/contracts';
import type { BuiltinType } from '@precedent/contracts';
import { GENERATED, page, table } from './markdown.ts';

/** The reference page of the built-in task types, from the schemas of their payloads. */
export const taskTypesPage = (types: Readonly<Record<string, BuiltinType>> = BUILTIN_TYPES): string =>
  page(
    '# Built-in task types',
    GENERATED,
    [
      'What the worker that comes with the engine can do, apart from `command`. A payload that is not valid is refused with',
      '`INVALID_TASK` and every field that is wrong. Objects, points and histories are those of the namespace of the task. A worker',
      'offers the types that `worker.types` lists.',
    ].join('\n'),
    [
      '**Files** are read and written only below the folders of `worker.roots`, or of `precedent up --files <folder>`. There are none',
      'by default. Links that lead out of them are refused. Whatever they contain, the data folder, backups and `precedent.yaml` are',
      'refused too. This does not bind `command`: a command may do what the user of the worker may do. Where those who submit tasks',
      'must not, leave `command` out of `worker.types`, or run the worker as another user.',
    ].join('\n'),
    ...Object.entries(types).flatMap(section),
  );

const section = ([name, type]: [string, BuiltinType]): string[] => [
  `## ${code(name)}`,
  type.summary,
  ...payloadJsonSchemas(type).map((form) => fieldTable(form as Schema)),
  `**Result**: ${type.result}`,
  `**Preemption**: ${type.preemption}`,
  `\`\`\`json\n${JSON.stringify({ type: name, payload: type.example }, null, 2)}\n\`\`\``,
];

/** What we read of a JSON schema. */
interface Schema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly default?: unknown;
  readonly description?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const fieldTable = (form: Schema): string => table(['field', 'what', 'default', ''], rowsOf(form, ''));

const rowsOf = ({ properties = {}, required = [] }: Schema, front: string): string[][] =>
  Object.entries(properties).flatMap(([name, schema]) => {
    const isNeeded = required.includes(name);
    const row = [
      code(front + name) + (isNeeded ? '' : '?'),
      kindOf(schema),
      schema.default === undefined || isSection(schema) ? '' : code(JSON.stringify(schema.default)),
      schema.description ?? '',
    ];
    const inner = schema.items !== undefined && isSection(schema.items) ? schema.items : schema;
    const below = `${front}${name}${inner === schema ? '' : '[]'}.`;
    return [row, ...(isSection(inner) ? rowsOf(inner, below) : [])];
  });

const isSection = ({ properties }: Schema): boolean => properties !== undefined;

const kindOf = (schema: Schema): string => {
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(' or ');
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return [...new Set(branches.map(kindOf))].join(' or ');
  return typeOf(schema, limitsOf(schema));
};

const typeOf = ({ type, items, additionalProperties, format }: Schema, limits: string): string => {
  const behind = limits === '' ? '' : ` (${limits})`;
  if (type === 'array') return `list${behind} of: ${items === undefined ? 'anything' : kindOf(items)}`;
  if (type === 'object' && typeof additionalProperties === 'object')
    return `fields, each: ${kindOf(additionalProperties)}`;
  if (type === 'integer') return `whole number${behind}`;
  if (type === 'string') return format === 'date-time' ? 'ISO 8601 time' : `text${behind}`;
  if (Array.isArray(type)) return type.join(' or ') + behind;
  return (type === undefined ? 'anything' : String(type)) + behind;
};

/** Limits that a schema has only because numbers do. */
const isOwn = (limit: number | undefined): limit is number =>
  limit !== undefined && Math.abs(limit) < Number.MAX_SAFE_INTEGER;

const limitsOf = (schema: Schema): string => {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const [low, high] = [minimum ?? minLength ?? minItems, maximum ?? maxLength ?? maxItems];
  if (isOwn(low) && isOwn(high)) return `${low} to ${high}`;
  if (isOwn(high)) return `at most ${high}`;
  return isOwn(low) && low > 0 ? `at least ${low}` : '';
};

const code = (text: string): string => `\`${text}\``;
