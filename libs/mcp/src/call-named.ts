import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { CallToolRequest, CallToolResult } from '@modelcontextprotocol/server';
import { AppError, problemOf } from '@precedent/kernel';
import type { z } from 'zod';
import { refusal } from './answer.ts';
import type { Arguments } from './call-tool.ts';
import type { ToolRequest } from './defined-tool.ts';
import type { ToolSet } from './tool-set.ts';
import { declaresTasks } from './tasks/declared.ts';

/** Calls a tool by its name. A refusal is a result that says so, which a model can read. Rejects with errors of the protocol only. */
export const callNamed = async (
  tools: ToolSet,
  { name, arguments: args = {} }: CallToolRequest['params'],
  request: Omit<ToolRequest, 'declaresTasks'>,
): Promise<CallToolResult> => {
  const [tool] = tools.named(name);
  if (tool === undefined)
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, `there is no tool ${name}`);
  const { onCalled } = request.context;
  try {
    const isDeclared = declaresTasks(request.protocol.mcpReq.envelope);
    const read = readArguments(tool.reads ?? tool.definition.inputSchema, args);
    // The SDK passes on what its type does not name.
    const result = (await tool.call(read, { ...request, declaresTasks: isDeclared })) as CallToolResult;
    onCalled?.(tool.name, result.isError === true);
    return result;
  } catch (error) {
    onCalled?.(tool.name, true);
    if (error instanceof ProtocolError) throw error;
    return refusal(problemOf(error));
  }
};

const readArguments = (schema: z.ZodType, args: unknown): Arguments => {
  const read = schema.safeParse(args);
  if (read.success) return read.data as Arguments;
  const issues = read.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  const message = issues
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ');
  throw new AppError('INVALID_REQUEST', message, { issues });
};
