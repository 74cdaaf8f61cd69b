import type { McpServer } from '@modelcontextprotocol/server';
import type { DefinedTool } from './defined-tool.ts';
import { OPERATION_TOOLS } from './operation-tools.ts';
import type { TaskSource } from './tasks/task-source.ts';
import type { ToolContext } from './tool-context.ts';
import { ALIASES } from './tools.ts';
import { isChosen } from './toolsets.ts';
import type { Toolset } from './toolsets.ts';
import { TYPE_TOOLS } from './types/type-tools.ts';

/** What a program serves in addition to the cell: the fixtures of the conformance suite. */
export interface Additions {
  readonly tools: readonly DefinedTool[];
  /** In place of the tasks of the cell. */
  readonly tasks?: (context: ToolContext) => TaskSource;
  readonly register?: (server: McpServer) => void;
}

/** The tools of a server, in an order that stays. */
export interface ToolSet {
  readonly listed: readonly DefinedTool[];
  /** One, or none; aliases count. */
  named(name: string): readonly DefinedTool[];
}

export interface ToolChoice {
  /** Nothing that changes something. */
  readonly readOnly: boolean;
  /** None: all of them. */
  readonly toolsets?: readonly Toolset[] | undefined;
  readonly additions?: Additions | undefined;
}

/** Made once: over HTTP there is a server for each request. */
export const toolSet = ({ readOnly, toolsets = [], additions }: ToolChoice): ToolSet =>
  setOf(
    [...OPERATION_TOOLS, ...TYPE_TOOLS, ...(additions?.tools ?? [])].filter(
      (tool) => !(readOnly && tool.mutates) && isChosen(tool, toolsets),
    ),
  );

/** What a connection chooses of the tools that there are. */
export const narrowed = (tools: ToolSet, toolsets: readonly Toolset[]): ToolSet =>
  toolsets.length === 0 ? tools : setOf(tools.listed.filter((tool) => isChosen(tool, toolsets)));

const setOf = (listed: readonly DefinedTool[]): ToolSet => {
  const byName = new Map(listed.map((tool) => [tool.name, tool]));
  for (const [alias, entry] of Object.entries(ALIASES)) {
    const tool = typeof entry === 'string' ? byName.get(entry) : undefined;
    if (tool) byName.set(alias, tool);
  }
  return {
    listed,
    named: (name) => {
      const tool = byName.get(name);
      return tool ? [tool] : [];
    },
  };
};
