import { isUtf8 } from 'node:buffer';
import { LIMITS } from '@precedent/contracts';
import { fieldPath, readJson, tooDeep } from '@precedent/kernel';
import type { ErrorCode, JsonIssue, JsonRules, Problem, ReadJson } from '@precedent/kernel';
import { textOf } from '../connection/bytes.ts';

/** Levels around a value with `LIMITS.depth` of its own: a payload in a task in a list, a result in a lease in a report. */
const LEVELS_AROUND = 8;
export const DEPTH_MAX: number = LIMITS.depth + LEVELS_AROUND;

/** A message as JSON. Every message that arrives at a service, an ingress or a listener is read here. */
export type Decoded = ReadJson | { readonly unreadable: string };

/** Reads a message as JSON in UTF-8. The caller decides what its depth and its issues mean. */
export const decode = (bytes: Uint8Array, rules?: JsonRules): Decoded => {
  const text = textOf(bytes);
  // Invalid bytes were replaced; the replacement character itself is valid.
  if (text.includes(REPLACEMENT) && !isUtf8(bytes)) return { unreadable: 'the message is not UTF-8' };
  return readJson(text, rules) ?? { unreadable: 'the message is not JSON' };
};

const REPLACEMENT = '\ufffd';

/** Reads a message whose value must not differ from its text. An empty one counts as `{}`. */
export const decodeExact = (
  bytes: Uint8Array,
  code: ErrorCode = 'INVALID_REQUEST',
): { readonly value: unknown } | { readonly problem: Problem } => {
  if (bytes.length === 0) return { value: {} };
  if (bytes.length > LIMITS.requestBytes) {
    const size = `${bytes.length} of at most ${LIMITS.requestBytes} bytes`;
    return { problem: fieldProblem('message', size, 'PAYLOAD_TOO_LARGE') };
  }
  const decoded = decode(bytes, { depthMax: DEPTH_MAX });
  if ('unreadable' in decoded) return { problem: { code, message: decoded.unreadable } };
  const problem = depthProblem(decoded, code) ?? issueProblem(decoded.issues[0], code);
  return problem ? { problem } : decoded;
};

/** Refuses a message that is nested so deeply that recursive code may overflow the stack. */
export const depthProblem = ({ depth }: ReadJson, code: ErrorCode): Problem | undefined =>
  depth > DEPTH_MAX ? fieldProblem('message', tooDeep(LIMITS.depth), code) : undefined;

/** `skip`: segments at the front of the path to leave out, such as the index in a list. */
export const issueProblem = (issue: JsonIssue | undefined, code: ErrorCode, skip = 0): Problem | undefined =>
  issue && fieldProblem(fieldPath(issue.path.slice(skip)) || 'message', issue.message, code);

export const fieldProblem = (field: string, message: string, code: ErrorCode): Problem => ({
  code,
  message: `${field}: ${message}`,
  issues: [{ field, message }],
});
