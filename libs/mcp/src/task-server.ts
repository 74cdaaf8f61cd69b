import { McpServer } from '@modelcontextprotocol/server';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/server';
import { fieldOf } from '@precedent/kernel';

/** A server that may answer a call with a task. */
export class TaskServer extends McpServer {
  override async connect(transport: Transport): Promise<void> {
    const send = transport.send.bind(transport);
    transport.send = (message, options) => send(withoutContent(message), options);
    await super.connect(transport);
  }
}

/** The SDK gives each result of a call a list of contents. With one a task would be read as a result without any. */
const withoutContent = (message: JSONRPCMessage): JSONRPCMessage => {
  if (!('result' in message) || fieldOf(message.result, 'resultType') !== 'task') return message;
  const { content: _, ...task } = message.result;
  return { ...message, result: task };
};
