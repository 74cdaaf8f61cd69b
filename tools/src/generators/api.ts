import { ROLE_RIGHTS } from '@precedent/access';
import type { Role } from '@precedent/contract-types';
import {
  ACCESS_OPERATIONS,
  DEFINITION_OPERATIONS,
  DEFAULT_ROOT,
  ENGINE_OPERATIONS,
  HISTORY_OPERATIONS,
  RUN_OPERATIONS,
  SEARCH_OPERATIONS,
  SUBMIT_OPERATIONS,
  WEBHOOK_OPERATIONS,
} from '@precedent/contracts';
import type { Operation, Operations } from '@precedent/contracts';
import type { ErrorCode } from '@precedent/kernel';
import { GENERATED, page, table } from './markdown.ts';
import { code, fieldTable, kindOf } from './schema-table.ts';
import type { Schema } from './schema-table.ts';

const CATALOGUES: readonly (readonly [title: string, operations: Operations])[] = [
  ['Submission', SUBMIT_OPERATIONS],
  ['Engine', ENGINE_OPERATIONS],
  ['Access', ACCESS_OPERATIONS],
  ['Webhooks', WEBHOOK_OPERATIONS],
  ['History', HISTORY_OPERATIONS],
  ['Semantic history', SEARCH_OPERATIONS],
  ['Runs', RUN_OPERATIONS],
  ['Projects', DEFINITION_OPERATIONS.project],
  ['Limits', DEFINITION_OPERATIONS.limit],
  ['Schedules', DEFINITION_OPERATIONS.schedule],
  ['Workflows', DEFINITION_OPERATIONS.workflow],
];

type Named = Readonly<Record<string, Schema>>;

/** The reference page of every operation, with what it requires of its caller. */
export const apiPage = (catalogues = CATALOGUES): string => {
  const all = catalogues.flatMap(([, operations]) => Object.values(operations));
  const common = commonErrors(all);
  return page(
    '# Operations',
    GENERATED,
    introduction(common),
    '## Roles',
    ROLES_TEXT,
    roleTable(all),
    ...catalogues.flatMap(([title, operations]) => [
      `## ${title}`,
      ...Object.values(operations).flatMap((each) => section(each, common)),
    ]),
    '## Types',
    ...typeSections(all),
  );
};

const introduction = (common: readonly ErrorCode[]): string =>
  [
    `Each operation is a NATS request with a JSON object to its subject, below the root (${code(DEFAULT_ROOT)} by default). The answer is its`,
    'reply as JSON, or `{"error": Problem}` with the headers of a service error. Unknown fields of a request are refused; a later version may',
    'add fields to a reply. `nats micro info precedent-engine` (`-submit`, `-access`, `-history`, `-search`, `-webhooks`, `-runs`, `-project`, `-limit`, `-schedule`, `-workflow`) gives the same as JSON schemas. What each error',
    `means is in [errors.md](errors.md); every operation may answer ${common.map(code).join(', ')}.`,
  ].join('\n');

const ROLES_TEXT = [
  'A role is granted in a namespace, or in one of its projects. `cell`: only with a grant of namespace `*`, because the operation acts on the',
  'cell as a whole, or shows what other namespaces do. `own`: tasks that the caller has submitted. A grant may limit what is submitted, to a',
  'highest band, to task types, and to a number of critical tasks an hour. While access control is off, every caller has the role `admin` of the cell.',
].join('\n');

const ROLES = Object.keys(ROLE_RIGHTS) as readonly Role[];

const roleTable = (operations: readonly Operation[]): string =>
  table(
    ['operation', 'right', ...ROLES],
    operations.map((operation) => [
      linkOf(operation),
      operation.right,
      ...ROLES.map((role) => allowance(role, operation)),
    ]),
  );

const allowance = (role: Role, { right, reach }: Operation): string => {
  const rights = ROLE_RIGHTS[role];
  if (rights.includes(right)) return reach === 'cell' ? 'cell' : 'yes';
  const mayStopOwn = right === 'control' && reach === 'namespace' && rights.includes('submit');
  return mayStopOwn ? 'own' : '';
};

const subjectOf = ({ group, verb }: Operation): string =>
  group === 'submit' ? `${group}.<band>` : `${group}.${verb}`;

/** The anchor of a heading has letters, digits and hyphens only. */
const linkOf = (operation: Operation): string => {
  const subject = subjectOf(operation);
  return `[${code(subject)}](#${subject.toLowerCase().replaceAll(/[^a-z0-9]/g, '')})`;
};

const section = (operation: Operation, common: readonly ErrorCode[]): string[] => [
  `### ${code(subjectOf(operation))}`,
  operation.summary,
  factsOf(operation, common),
  formOf('Request', jsonSchemaOf(operation.request)),
  formOf('Reply', jsonSchemaOf(operation.reply)),
];

const factsOf = (
  { right, reach, mutates, errors, untrusted }: Operation,
  common: readonly ErrorCode[],
): string => {
  const own = errors.filter((each) => !common.includes(each));
  return [
    `- Requires the right \`${right}\` ${reach === 'cell' ? 'in the cell as a whole' : 'in the namespace'}, and ${mutates ? 'changes something' : 'changes nothing'}.`,
    ...listItem('Errors', own),
    ...listItem('Written by submitters or tasks, so not to be trusted', untrusted),
  ].join('\n');
};

const listItem = (title: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`- ${title}: ${names.map(code).join(', ')}.`];

/** The errors that every operation may have. */
const commonErrors = ([first, ...others]: readonly Operation[]): readonly ErrorCode[] =>
  (first?.errors ?? []).filter((each) => others.every(({ errors }) => errors.includes(each)));

const jsonSchemaOf = (schema: Operation['request']): Schema =>
  schema.toJSONSchema({ io: 'input', unrepresentable: 'any' }) as Schema;

const formOf = (title: string, schema: Schema): string => {
  const { properties } = schema;
  if (properties === undefined) return `**${title}**: ${kindOf(schema)}`;
  const isEmpty = Object.keys(properties).length === 0;
  return isEmpty ? `**${title}**: no fields` : `**${title}**\n\n${fieldTable(schema)}`;
};

/** One section for each type that schemas refer to, by name. */
const typeSections = (operations: readonly Operation[]): string[] => {
  const schemas = operations.flatMap(({ request, reply }) => [jsonSchemaOf(request), jsonSchemaOf(reply)]);
  const named: Named = Object.assign({}, ...schemas.map(({ $defs = {} }) => $defs));
  return Object.entries(named)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, schema]) => [`### ${name}`, fieldTable(schema)]);
};
