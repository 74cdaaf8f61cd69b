import type { CallToolResult } from '@modelcontextprotocol/server';
import { catalogue, isBand, problemOf } from '@precedent/kernel';
import type { Band, Problem } from '@precedent/kernel';
import { takesNamespace } from '@precedent/contracts';
import { callerFor } from '@precedent/ports';
import type { CallerSession, OperationCalls } from '@precedent/ports';
import type { Tool } from './tools.ts';
import { fenced, separated } from './untrusted.ts';

export interface ToolContext {
  readonly calls: OperationCalls;
  readonly session: CallerSession;
  /** A text that cannot be guessed, another one at each call. */
  readonly mark: () => string;
}

type Arguments = Readonly<Record<string, unknown>>;

/** Calls the operation of a tool. Never rejects: a refusal is a result that says so, which a model can read. */
export const callTool = async (
  { operation }: Tool,
  args: Arguments,
  context: ToolContext,
): Promise<CallToolResult> => {
  try {
    const { calls, session } = context;
    const { group } = operation;
    const caller = callerFor(session, args['namespace']);
    const verb = group === 'submit' ? bandOf(args, session) : operation.verb;
    const { namespace: _, ...others } = args;
    const request = takesNamespace(operation) ? args : others;
    const reply = await calls.call({ group, verb, request, caller });
    const { error } = reply as { readonly error?: Problem };
    return error && group === 'submit' ? refusal(error) : answer(reply, operation.untrusted, context.mark());
  } catch (error) {
    return refusal(problemOf(error));
  }
};

/** What an agent submits is critical, as far as its grants allow: a person waits for it. */
const bandOf = ({ band }: Arguments, { highestBand }: CallerSession): Band =>
  isBand(band) ? band : highestBand;

const answer = (reply: unknown, paths: readonly string[], mark: string): CallToolResult => {
  const apart = separated(reply, paths);
  const { untrusted } = apart;
  const texts = [JSON.stringify(apart.reply), ...(untrusted.length > 0 ? [fenced(untrusted, mark)] : [])];
  return {
    content: texts.map((text) => ({ type: 'text', text })),
    structuredContent: { reply: apart.reply, ...(untrusted.length > 0 && { untrusted }) },
  };
};

const refusal = (problem: Problem): CallToolResult => {
  const { code, message, issues, retryAfterMs } = problem;
  const { remedy, retry } = catalogue[code];
  const body = {
    code,
    message,
    retry,
    remedy,
    ...(issues && { issues }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
  return {
    isError: true,
    content: [{ type: 'text', text: JSON.stringify(body) }],
    structuredContent: { error: body },
  };
};
