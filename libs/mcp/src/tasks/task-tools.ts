import { durationSchema, taskSpecSchema } from '@precedent/contracts';
import { submit } from '../call-tool.ts';
import { answer } from '../answer.ts';
import { namespaceArgument, namespaceIn } from '../namespace-argument.ts';
import type { DefinedTool } from '../defined-tool.ts';
import { acceptedState } from './task-state.ts';
import { taskResult, waitForTask } from './wait-for-task.ts';

/** What takes longer becomes a task, for clients that can follow one. */
export const INLINE_MS = 2_000;

const submitInput = taskSpecSchema.safeExtend({
  namespace: namespaceArgument,
  wait: durationSchema
    .optional()
    .describe(
      'answer at the verdict, or with a task to follow when the client can; otherwise after this time, 30 s at most',
    ),
});

/** `submit_task`: with `wait` it is a call whose result is that of the task. */
export const submitTool: DefinedTool = {
  name: 'submit_task',
  mutates: true,
  definition: {
    description:
      'Takes one task, and answers when it is durable; with wait, at its verdict. Without a band it is critical, or in the highest band that is granted. Give an idempotencyKey, so that it is safe to repeat.',
    inputSchema: submitInput,
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  },
  call: async (args, { context, declaresTasks }) => {
    const { wait, ...spec } = args;
    const submitted = await submit(spec, context);
    if ('refused' in submitted) return submitted.refused;
    if (typeof wait !== 'number') return answer(submitted, { untrusted: [], mark: context.mark() });
    const ref = { id: submitted.id, namespace: namespaceIn(args, context.session), isWatch: false };
    if (wait === 0 && declaresTasks)
      return taskResult(ref, acceptedState(context.now(), context.retentionMs), context);
    return waitForTask(ref, { ms: wait, declaresTasks }, context);
  },
};

const WAIT_MS = 30_000;

/** `wait_task`: a client that can follow tasks gets one after two seconds, others how it is after the time that they give. */
export const waitTool = (definition: DefinedTool['definition']): DefinedTool => ({
  name: 'wait_task',
  mutates: false,
  definition,
  call: async (args, { context, declaresTasks }) => {
    const { id, timeoutMs = WAIT_MS } = args as { readonly id: string; readonly timeoutMs?: number };
    const ref = { id, namespace: namespaceIn(args, context.session), isWatch: true };
    return waitForTask(ref, { ms: timeoutMs, declaresTasks }, context);
  },
});
