import { isUtf8 } from 'node:buffer';
import { LIMITS, exactJsonOf, fieldProblem } from '@precedent/contracts';
import type { ExactJson } from '@precedent/contracts';
import { readJson } from '@precedent/kernel';
import type { ErrorCode, JsonRules, ReadJson } from '@precedent/kernel';
import { textOf } from '../connection/bytes.ts';

/** A message as JSON. Every message that arrives at a service, an ingress or a listener is read here. */
export type Decoded = ReadJson | { readonly unreadable: string };

/** Reads a message as JSON in UTF-8. The caller decides what its depth and its issues mean. */
export const decode = (bytes: Uint8Array, rules?: JsonRules): Decoded => {
  const text = utf8Of(bytes);
  if (text === undefined) return { unreadable: NOT_UTF8 };
  return readJson(text, rules) ?? { unreadable: 'the message is not JSON' };
};

/** Reads a message whose value must not differ from its text. An empty one counts as `{}`. */
export const decodeExact = (bytes: Uint8Array, code: ErrorCode = 'INVALID_REQUEST'): ExactJson => {
  if (bytes.length === 0) return { value: {} };
  if (bytes.length > LIMITS.requestBytes) {
    const size = `${bytes.length} of at most ${LIMITS.requestBytes} bytes`;
    return { problem: fieldProblem('message', size, 'PAYLOAD_TOO_LARGE') };
  }
  const text = utf8Of(bytes);
  return text === undefined ? { problem: { code, message: NOT_UTF8 } } : exactJsonOf(text, 'message', code);
};

const NOT_UTF8 = 'the message is not UTF-8';
const REPLACEMENT = '\ufffd';

const utf8Of = (bytes: Uint8Array): string | undefined => {
  const text = textOf(bytes);
  // Invalid bytes were replaced; the replacement character itself is valid.
  return text.includes(REPLACEMENT) && !isUtf8(bytes) ? undefined : text;
};
