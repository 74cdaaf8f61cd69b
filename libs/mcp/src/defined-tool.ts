import type {
  CallToolResult,
  InputRequiredResult,
  ServerContext,
  ToolAnnotations,
} from '@modelcontextprotocol/server';
import type { z } from 'zod';
import type { Arguments } from './call-tool.ts';
import type { TaskResult } from './tasks/task-source.ts';
import type { ToolContext } from './tool-context.ts';
import type { ToolArea } from './toolsets.ts';

/** One call of a tool, and for whom. */
export interface ToolRequest {
  readonly context: ToolContext;
  /** The client can follow a task. */
  readonly declaresTasks: boolean;
  /** The request in the protocol. */
  readonly protocol: ServerContext;
}

/** A tool as clients see it, and what it does. */
export interface DefinedTool {
  readonly name: string;
  readonly mutates: boolean;
  /** Absent: it is in every toolset. */
  readonly area?: ToolArea | undefined;
  readonly definition: {
    readonly description: string;
    readonly inputSchema: z.ZodType;
    readonly annotations: ToolAnnotations;
  };
  /** How arguments are read, where that is not as they are listed. */
  readonly reads?: z.ZodType;
  /** Rejects with a problem, which becomes a result that says so, or with an error of the protocol. `args`: as they were read. */
  readonly call: (
    args: Arguments,
    request: ToolRequest,
  ) => Promise<CallToolResult | TaskResult | InputRequiredResult>;
}
