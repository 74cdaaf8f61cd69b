import { PROTOCOL_VERSION_META_KEY, classifyInboundRequest } from '@modelcontextprotocol/server';
import type { RequestId } from '@modelcontextprotocol/server';
import { fieldOf } from '@precedent/kernel';

/** A request to hear of tasks. */
export interface TaskListen {
  readonly id: RequestId;
  readonly taskIds: readonly string[];
  /** `params._meta`. */
  readonly meta: unknown;
}

const REVISION = '2026-07-28';

/** What a message says that requests to hear of tasks. `undefined` for every other one: the SDK knows subscriptions to lists and resources only. */
export const listenOf = (message: unknown): TaskListen | undefined => {
  if (fieldOf(message, 'method') !== 'subscriptions/listen') return undefined;
  const params = fieldOf(message, 'params');
  const taskIds = fieldOf(fieldOf(params, 'notifications'), 'taskIds');
  const meta = fieldOf(params, '_meta');
  if (!isTexts(taskIds) || fieldOf(meta, PROTOCOL_VERSION_META_KEY) !== REVISION) return undefined;
  const id = fieldOf(message, 'id');
  return typeof id === 'string' || typeof id === 'number' ? { id, taskIds, meta } : undefined;
};

/** The same over HTTP, where headers repeat it. `undefined` also for one that is not right, which the SDK answers. */
export const listenIn = ({ headers }: Request, body: unknown): TaskListen | undefined => {
  const listen = listenOf(body);
  return listen && isRight(headers, body) ? listen : undefined;
};

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((each) => typeof each === 'string');

const isRight = (headers: Headers, body: unknown): boolean => {
  const protocolVersionHeader = headers.get('mcp-protocol-version');
  const mcpMethodHeader = headers.get('mcp-method');
  if (protocolVersionHeader === null || mcpMethodHeader === null) return false;
  const found = classifyInboundRequest({ httpMethod: 'POST', protocolVersionHeader, mcpMethodHeader, body });
  return found.kind === 'modern' && found.messageKind === 'request';
};
