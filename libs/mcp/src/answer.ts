import type { CallToolResult } from '@modelcontextprotocol/server';
import { catalogue } from '@precedent/kernel';
import type { Problem } from '@precedent/kernel';
import { fenced, separated } from './untrusted.ts';

export interface AnswerOptions {
  /** Paths of the reply that are not our words. */
  readonly untrusted: readonly string[];
  readonly mark: string;
  /** What the reply amounts to, in words of ours. */
  readonly status?: string;
}

/** A reply as the result of a tool: what tasks wrote is apart from it. */
export const answer = (reply: unknown, { untrusted: paths, mark, status }: AnswerOptions): CallToolResult => {
  const apart = separated(reply, paths);
  const { untrusted } = apart;
  const texts = [
    ...(status === undefined ? [] : [status]),
    JSON.stringify(apart.reply),
    ...(untrusted.length > 0 ? [fenced(untrusted, mark)] : []),
  ];
  return {
    content: texts.map((text) => ({ type: 'text', text })),
    structuredContent: {
      reply: apart.reply,
      ...(status !== undefined && { status }),
      ...(untrusted.length > 0 && { untrusted }),
    },
  };
};

/** What was refused, and what helps. */
export const refusal = (problem: Problem): CallToolResult => {
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
