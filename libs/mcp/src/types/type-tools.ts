import type { BuiltinTypeName } from '@precedent/contract-types';
import { BUILTIN_TYPES, durationSchema, taskSpecSchema } from '@precedent/contracts';
import type { BuiltinType } from '@precedent/contracts';
import { z } from 'zod';
import { submit } from '../call-tool.ts';
import type { Arguments } from '../call-tool.ts';
import type { DefinedTool, ToolRequest } from '../defined-tool.ts';
import { namespaceArgument, namespaceIn } from '../namespace-argument.ts';
import { waitForTask } from '../tasks/wait-for-task.ts';

/** The types of tasks that have a schema, or why one has no tool. */
export type TypeEntry = 'tool' | { readonly missing: string };

const UPKEEP: TypeEntry = { missing: 'works on all of the cell: it is for its operators' };

/** The type requires an entry for each of the built-in worker. */
export const TYPES: Readonly<Record<BuiltinTypeName | 'command' | 'http', TypeEntry>> = {
  command: 'tool',
  http: 'tool',
  'document.process': 'tool',
  'vectors.update': 'tool',
  'vector.compute': 'tool',
  'model.infer': 'tool',
  'text.process': 'tool',
  'storage.put': 'tool',
  'storage.get': 'tool',
  'storage.copy': 'tool',
  'storage.delete': 'tool',
  'storage.list': 'tool',
  'report.generate': 'tool',
  'data.export': 'tool',
  'system.maintenance': UPKEEP,
  'vectors.reembed': UPKEEP,
  'system.bulk': { missing: 'start_bulk starts it, with the token of a preview' },
};

/** Hosts accept no dots in the name of a tool. */
export const typeToolName = (type: string): string => `run_${type.replaceAll('.', '_')}`;

const spec = taskSpecSchema.shape;

/** What each of these tools takes in addition to the payload. */
const options = {
  namespace: namespaceArgument,
  project: spec.project,
  band: spec.band,
  idempotencyKey: spec.idempotencyKey,
  wait: durationSchema.optional().describe('for the verdict; 30 s when left out'),
};

const WAIT_MS = 30_000;
const DESTRUCTIVE: ReadonlySet<string> = new Set(['command', 'http', 'vectors.update', 'storage.delete']);
const OPEN_WORLD: ReadonlySet<string> = new Set(['command', 'http']);

interface TypeForm {
  readonly summary: string;
  /** As the tool is listed. */
  readonly listed: z.ZodObject;
  /** As its arguments are read: the worker alone checks a payload, so that every interface has the same messages. */
  readonly reads: z.ZodObject;
}

const typeTool = (type: string, { summary, listed, reads }: TypeForm): DefinedTool => ({
  name: typeToolName(type),
  mutates: true,
  area: 'types',
  reads,
  definition: {
    description: `${summary} Runs as a task of type ${type}, and answers at its verdict.`,
    inputSchema: listed,
    annotations: {
      readOnlyHint: false,
      destructiveHint: DESTRUCTIVE.has(type),
      idempotentHint: false,
      openWorldHint: OPEN_WORLD.has(type),
    },
  },
  call: (args, request) => run(type, args, request),
});

const run = async (type: string, args: Arguments, { context, declaresTasks }: ToolRequest) => {
  const { wait = WAIT_MS, ...task } = args;
  const submitted = await submit({ ...task, ...(type !== 'command' && { type }) }, context);
  if ('refused' in submitted) return submitted.refused;
  const ref = { id: submitted.id, namespace: namespaceIn(args, context.session), isWatch: false };
  return waitForTask(ref, { ms: Number(wait), declaresTasks }, context);
};

const commandForm = (): TypeForm => {
  const { command, args, cwd, env } = spec;
  const listed = z.strictObject({ command: command.unwrap(), args, cwd, env, ...options });
  return { summary: 'Runs a program.', listed, reads: listed };
};

const payloadForm = ({ summary, schemas }: BuiltinType): TypeForm => {
  const [first, ...others] = schemas;
  const payload = others.length === 0 ? first : z.union(schemas);
  return {
    summary,
    listed: z.strictObject({ payload: payload ?? z.unknown(), ...options }),
    reads: z.strictObject({ payload: z.unknown(), ...options }),
  };
};

/** A tool for each type of task that has a schema, in an order that stays. */
export const TYPE_TOOLS: readonly DefinedTool[] = Object.entries(TYPES).flatMap(([type, entry]) => {
  if (entry !== 'tool') return [];
  if (type === 'command') return [typeTool(type, commandForm())];
  return [typeTool(type, payloadForm(BUILTIN_TYPES[type as keyof typeof BUILTIN_TYPES]))];
});
