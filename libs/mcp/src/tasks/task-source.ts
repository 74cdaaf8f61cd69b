import type { CallToolResult, InputRequests, InputResponses, JSONObject } from '@modelcontextprotocol/server';
import type { TaskRef } from './handle.ts';
import type { ShownTask } from './task-state.ts';

/** A task with what its status brings: a result, an error of the protocol, or what it needs from the client. */
export interface DetailedState {
  readonly state: ShownTask;
  readonly result?: CallToolResult;
  readonly error?: JSONObject;
  readonly inputRequests?: InputRequests;
}

/** The tasks behind the handles of one caller, whose rights are checked at each call. All reject with the problem of the service. */
export interface TaskSource {
  get(ref: TaskRef): Promise<DetailedState>;
  /** Resolves at the verdict, or after `ms`. */
  settled(ref: TaskRef, ms: number): Promise<void>;
  /** Answers that nothing asked for are without effect. */
  answer(ref: TaskRef, responses: InputResponses): Promise<void>;
  /** Without effect on a task that has its verdict. */
  cancel(ref: TaskRef): Promise<void>;
}

/** A task in place of the result of a call. */
export type TaskResult = ShownTask & { readonly resultType: 'task'; readonly taskId: string };
