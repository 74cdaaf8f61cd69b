import type { CallToolResult } from '@modelcontextprotocol/server';
import { isVerdict } from '@precedent/contract-types';
import { LIMITS } from '@precedent/contracts';
import { handleOwner } from '../tool-context.ts';
import type { ToolContext } from '../tool-context.ts';
import type { TaskRef } from './handle.ts';
import { operationTasks, snapshotOf, taskAnswer } from './operation-tasks.ts';
import type { TaskResult } from './task-source.ts';
import { stateOf } from './task-state.ts';
import type { ShownTask } from './task-state.ts';

export interface WaitLimit {
  /** How long the call may wait for the verdict. Milliseconds. */
  readonly ms: number;
  /** The client can follow a task. */
  readonly declaresTasks: boolean;
}

/** The verdict of a task; when that is late, the task itself for a client that can follow it, and how it is now for others. */
export const waitForTask = async (
  ref: TaskRef,
  { ms, declaresTasks }: WaitLimit,
  context: ToolContext,
): Promise<CallToolResult | TaskResult> => {
  await operationTasks(context).settled(ref, Math.min(ms, declaresTasks ? context.inlineMs : LIMITS.waitMs));
  const snapshot = await snapshotOf(ref, context);
  if (!declaresTasks || isVerdict(snapshot.task.state)) return taskAnswer(snapshot, context);
  return taskResult(ref, stateOf(snapshot, context.now(), context.retentionMs), context);
};

/** `state`: as of now. */
export const taskResult = (
  ref: TaskRef,
  state: ShownTask,
  { handles, session }: ToolContext,
): TaskResult => ({
  resultType: 'task',
  taskId: handles.seal(ref, handleOwner(session)),
  ...state,
});
