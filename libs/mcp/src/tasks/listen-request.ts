import { PROTOCOL_VERSION_META_KEY, classifyInboundRequest } from '@modelcontextprotocol/server';
import type { JSONRPCRequest, RequestId } from '@modelcontextprotocol/server';
import { fieldOf } from '@precedent/kernel';

/** A request to hear of tasks. */
export interface TaskListen {
  readonly id: RequestId;
  readonly taskIds: readonly string[];
  /** `params._meta`. */
  readonly meta: unknown;
}

const REVISION = '2026-07-28';

/**
 * What a request to hear of tasks says. `undefined` for every other one, and for one that is not right: the SDK answers those, and knows
 * subscriptions to lists and resources only.
 */
export const listenIn = ({ headers }: Request, body: unknown): TaskListen | undefined => {
  if (fieldOf(body, 'method') !== 'subscriptions/listen') return undefined;
  const params = fieldOf(body, 'params');
  const taskIds = fieldOf(fieldOf(params, 'notifications'), 'taskIds');
  if (!isTexts(taskIds) || !isRight(headers, body)) return undefined;
  return { id: (body as JSONRPCRequest).id, taskIds, meta: fieldOf(params, '_meta') };
};

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const isRight = (headers: Headers, body: unknown): boolean => {
  const protocolVersionHeader = headers.get('mcp-protocol-version');
  const mcpMethodHeader = headers.get('mcp-method');
  if (protocolVersionHeader === null || mcpMethodHeader === null) return false;
  const found = classifyInboundRequest({ httpMethod: 'POST', protocolVersionHeader, mcpMethodHeader, body });
  const version = fieldOf(fieldOf(fieldOf(body, 'params'), '_meta'), PROTOCOL_VERSION_META_KEY);
  return found.kind === 'modern' && found.messageKind === 'request' && version === REVISION;
};
