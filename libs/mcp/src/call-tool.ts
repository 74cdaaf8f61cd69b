import type { CallToolResult } from '@modelcontextprotocol/server';
import type { WhyView } from '@precedent/contract-types';
import { takesNamespace } from '@precedent/contracts';
import { isBand } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import { callerFor } from '@precedent/ports';
import type { CallerSession } from '@precedent/ports';
import { answer, refusal } from './answer.ts';
import { statusMessage } from './tasks/status-message.ts';
import type { ToolContext } from './tool-context.ts';
import type { Tool } from './tools.ts';

export type Arguments = Readonly<Record<string, unknown>>;

/** Calls the operation of a tool. Rejects with the problem of the service. */
export const callTool = async (
  { operation }: Tool,
  args: Arguments,
  context: ToolContext,
): Promise<CallToolResult> => {
  const { calls, session, traceparent } = context;
  const { group, verb } = operation;
  const caller = callerFor(session, args['namespace']);
  const { namespace: _, ...others } = args;
  const reply = await calls.call({
    group,
    verb,
    request: takesNamespace(operation) ? args : others,
    caller,
    traceparent,
  });
  const status = verb === 'why' ? statusOfWhy(reply as WhyView, context) : {};
  return answer(reply, { untrusted: operation.untrusted, mark: context.mark(), ...status });
};

/** The reasons quote what a task wrote, and are apart: this says the nearest one in words of ours. */
const statusOfWhy = (why: WhyView, { now }: ToolContext) => ({
  status: statusMessage({ task: why.task, why }, now()),
});

/** The reply to a submission; a refusal is a result as well. */
export type Submitted = { readonly id: string } | { readonly refused: CallToolResult };

/** Submits a task. What an agent submits is critical, as far as its grants allow: a person waits for it. */
export const submit = async (
  spec: Arguments,
  { calls, session, traceparent }: ToolContext,
): Promise<Submitted> => {
  const caller = callerFor(session, spec['namespace']);
  const reply = await calls.call({
    group: 'submit',
    verb: bandOf(spec, session),
    request: spec,
    caller,
    traceparent,
  });
  const { error } = reply as { readonly error?: Problem };
  return error ? { refused: refusal(error) } : (reply as { readonly id: string });
};

const bandOf = ({ band }: Arguments, { highestBand }: CallerSession): Band =>
  isBand(band) ? band : highestBand;
