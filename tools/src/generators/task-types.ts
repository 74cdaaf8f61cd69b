import { BUILTIN_TYPES, payloadJsonSchemas } from '@precedent/contracts';
import type { BuiltinType } from '@precedent/contracts';
import { GENERATED, page } from './markdown.ts';
import { code, fieldTable } from './schema-table.ts';
import type { Schema } from './schema-table.ts';

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
