import { table } from './markdown.ts';

/** What we read of a JSON schema. */
export interface Schema {
  /** `#/$defs/<name>`: a type that the page has a section for. */
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
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

/** The fields of an object, one row each, those of inner objects below them. */
export const fieldTable = (form: Schema): string => table(['field', 'what', 'default', ''], rowsOf(form, ''));

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

/** What a value is, in words; a named type as a link to its section. */
export const kindOf = (schema: Schema): string => {
  if (schema.$ref !== undefined) return linkTo(schema.$ref);
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum !== undefined) return schema.enum.map((value) => code(JSON.stringify(value))).join(' or ');
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches?.some(isSection)) return 'one of the forms below';
  if (branches !== undefined) return [...new Set(branches.map(kindOf))].join(' or ');
  return typeOf(schema, limitsOf(schema));
};

const linkTo = (ref: string): string => {
  const name = ref.slice(ref.lastIndexOf('/') + 1);
  return `[${name}](#${name.toLowerCase()})`;
};

const typeOf = (
  { type, items, prefixItems, additionalProperties, format }: Schema,
  limits: string,
): string => {
  if (prefixItems !== undefined) return `[${prefixItems.map(kindOf).join(', ')}]`;
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

export const code = (text: string): string => `\`${text}\``;
