import type { CallToolResult } from '@modelcontextprotocol/server';
import type { TaskView, WhyView } from '@precedent/contract-types';
import { ENGINE_OPERATIONS } from '@precedent/contracts';
import { fieldOf, isAppError, isOutage } from '@precedent/kernel';
import { callerFor } from '@precedent/ports';
import { answer } from '../answer.ts';
import type { ToolContext } from '../tool-context.ts';
import type { TaskRef } from './handle.ts';
import { statusMessage } from './status-message.ts';
import type { TaskSnapshot } from './status-message.ts';
import type { DetailedState, TaskSource } from './task-source.ts';
import { stateOf } from './task-state.ts';

/** The tasks of the cell, by the operations of the catalogue. */
export const operationTasks = (context: ToolContext): TaskSource => ({
  get: async (ref) => detailedOf(await snapshotOf(ref, context), context),
  settled: async (ref, timeoutMs) => {
    await callTask(context, ref, { verb: 'wait', request: { id: ref.id, timeoutMs } });
  },
  // No task of ours asks its client for anything.
  answer: async (ref) => {
    await snapshotOf(ref, context);
  },
  cancel: async (ref) => {
    if (context.readOnly || ref.isWatch) await snapshotOf(ref, context);
    else await cancelled(callTask(context, ref, { verb: 'cancel', request: { id: ref.id } }));
  },
});

/** As it is now; without why, when only the history knows it. Rejects TASK_NOT_FOUND. */
export const snapshotOf = async (ref: TaskRef, context: ToolContext): Promise<TaskSnapshot> => {
  const request = { id: ref.id };
  try {
    const why = (await callTask(context, ref, { verb: 'why', request })) as WhyView;
    return { task: why.task, why };
  } catch (error) {
    // The history knows it, also while the engine is away.
    if (!hasCode(error, 'TASK_NOT_FOUND') && !isOutage(error)) throw error;
    return { task: (await callTask(context, ref, { verb: 'get', request })) as TaskView };
  }
};

/** What a call that waited for a task answers: the same to every client. */
export const taskAnswer = (snapshot: TaskSnapshot, context: ToolContext): CallToolResult => {
  const { task } = snapshot;
  const status = statusMessage(snapshot, context.now());
  const { untrusted } = ENGINE_OPERATIONS.get;
  const result = answer(task, { untrusted, mark: context.mark(), status });
  return FAILURES.has(task.state) ? { ...result, isError: true } : result;
};

const FAILURES: ReadonlySet<string> = new Set(['failed', 'timed_out', 'rejected']);

const detailedOf = (snapshot: TaskSnapshot, context: ToolContext): DetailedState => {
  const state = stateOf(snapshot, context.now(), context.retentionMs);
  if (state.status !== 'completed') return { state };
  // Inside of a task the SDK does not add it.
  return { state, result: { ...taskAnswer(snapshot, context), resultType: 'complete' } };
};

interface TaskCall {
  readonly verb: 'get' | 'why' | 'wait' | 'cancel';
  readonly request: unknown;
}

const callTask = ({ calls, session }: ToolContext, ref: TaskRef, call: TaskCall): Promise<unknown> =>
  calls.call({ group: 'task', ...call, caller: callerFor(session, ref.namespace) });

const cancelled = async (cancelling: Promise<unknown>): Promise<void> => {
  try {
    await cancelling;
  } catch (error) {
    if (!hasCode(error, 'TASK_SETTLED')) throw error;
  }
};

const hasCode = (error: unknown, code: string): boolean =>
  isAppError(error) && fieldOf(error, 'code') === code;
