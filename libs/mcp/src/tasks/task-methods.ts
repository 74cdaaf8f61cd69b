import type { InputResponses, McpServer, ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { ToolContext } from '../tool-context.ts';
import { declaresTasks, missingTasks } from './declared.ts';
import type { TaskRef } from './handle.ts';
import { openHandle, protocolErrorOf } from './task-access.ts';
import type { DetailedState, TaskSource } from './task-source.ts';

const namedTask = z.looseObject({ taskId: z.string() });
const answered = namedTask.extend({ inputResponses: z.record(z.string(), z.unknown()).optional() });

/** Serves `tasks/get`, `tasks/update` and `tasks/cancel` to clients that declare the extension. */
export const addTaskMethods = ({ server }: McpServer, context: ToolContext, source: TaskSource): void => {
  server.setRequestHandler('tasks/get', { params: namedTask }, ({ taskId }, ctx) =>
    answer(taskId, ctx, context, async (ref) => taskFields(taskId, await source.get(ref))),
  );
  // The responses are taken out of the parameters by the SDK.
  server.setRequestHandler('tasks/update', { params: answered }, ({ taskId }, ctx) =>
    answer(taskId, ctx, context, async (ref) => {
      await source.answer(ref, (ctx.mcpReq.inputResponses ?? {}) as InputResponses);
      return {};
    }),
  );
  server.setRequestHandler('tasks/cancel', { params: namedTask }, ({ taskId }, ctx) =>
    answer(taskId, ctx, context, async (ref) => {
      await source.cancel(ref);
      return {};
    }),
  );
};

/** The same in an answer and in a notification. */
export const taskFields = (taskId: string, { state, ...details }: DetailedState) => ({
  taskId,
  ...state,
  ...details,
});

const answer = async <T>(
  taskId: string,
  ctx: ServerContext,
  context: ToolContext,
  use: (ref: TaskRef) => Promise<T>,
): Promise<T> => {
  if (!declaresTasks(ctx.mcpReq.envelope)) throw missingTasks();
  try {
    return await use(openHandle(taskId, context));
  } catch (error) {
    throw protocolErrorOf(error);
  }
};
