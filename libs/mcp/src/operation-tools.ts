import type { Operation } from '@precedent/contracts';
import { takesNamespace } from '@precedent/contracts';
import { z } from 'zod';
import { callTool } from './call-tool.ts';
import type { DefinedTool } from './defined-tool.ts';
import { namespaceArgument } from './namespace-argument.ts';
import { submitTool, waitTool } from './tasks/task-tools.ts';
import { ALL_TOOLS } from './tools.ts';
import type { Tool } from './tools.ts';
import { areaOf } from './toolsets.ts';

/** The definition of a tool that calls its operation and no more. */
const definedTool = (tool: Tool): DefinedTool => ({
  name: tool.name,
  mutates: tool.operation.mutates,
  definition: {
    description: tool.operation.summary,
    inputSchema: inputOf(tool.operation),
    annotations: annotationsOf(tool.operation),
  },
  call: (args, { context }) => callTool(tool, args, context),
});

/** Every tool can say in which namespace it acts. */
const inputOf = (operation: Operation): z.ZodType => {
  const { request } = operation;
  if (!(request instanceof z.ZodObject) || takesNamespace(operation)) return request;
  return request.extend({ namespace: namespaceArgument });
};

const annotationsOf = ({ mutates, verb }: Operation) => ({
  readOnlyHint: !mutates,
  destructiveHint: verb === 'cancel' || verb === 'bulkStart',
  idempotentHint: true,
  openWorldHint: false,
});

/** Two of them give a task to clients that can follow one. */
const toolOf = (tool: Tool): DefinedTool => {
  if (tool.name === submitTool.name) return submitTool;
  const defined = definedTool(tool);
  return tool.name === 'wait_task' ? waitTool(defined.definition) : defined;
};

/** The tools of the catalogue, in an order that stays. Made once: over HTTP there is a server for each request. */
export const OPERATION_TOOLS: readonly DefinedTool[] = ALL_TOOLS.map((tool) => ({
  ...toolOf(tool),
  area: areaOf(tool.operation),
}));
