import type { JSONRPCMessage, RequestId, Transport } from '@modelcontextprotocol/server';
import { fieldOf } from '@precedent/kernel';
import { listenOf } from './listen-request.ts';
import type { TaskListen } from './listen-request.ts';
import { taskMessages, undeclaredListen } from './task-messages.ts';
import type { ToolContext } from '../tool-context.ts';
import type { TaskSource } from './task-source.ts';

export interface StdioListensOptions {
  readonly context: ToolContext;
  readonly source: TaskSource;
  /** Called when the client cannot be sent a message. */
  readonly onError: (error: Error) => void;
}

/** Of one connection at the same time. */
const LISTENS_MAX = 32;
const INTERNAL_ERROR = -32_603;

/** Requests to hear of tasks over a connection, which the SDK does not know. */
export class StdioListens {
  readonly #options: StdioListensOptions;
  readonly #transport: Transport;
  readonly #open = new Set<RequestId>();

  constructor(transport: Transport, options: StdioListensOptions) {
    this.#transport = transport;
    this.#options = options;
  }

  /** Takes a message that begins or ends such a request; `false`: it is another one. */
  take(message: JSONRPCMessage): boolean {
    const listen = listenOf(message);
    if (listen) void this.#serve(listen).catch((error: unknown) => this.#options.onError(error as Error));
    return listen !== undefined || this.#isEnd(message);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#open.clear();
  }

  #isEnd(message: JSONRPCMessage): boolean {
    if (fieldOf(message, 'method') !== 'notifications/cancelled') return false;
    return this.#open.delete(fieldOf(fieldOf(message, 'params'), 'requestId') as RequestId);
  }

  async #serve(listen: TaskListen): Promise<void> {
    const refusal =
      undeclaredListen(listen) ?? (this.#open.size >= LISTENS_MAX ? tooMany(listen) : undefined);
    if (refusal) return this.#transport.send(refusal);
    const { id } = listen;
    this.#open.add(id);
    const { context, source } = this.#options;
    for await (const message of taskMessages(listen, context, source)) {
      if (!this.#open.has(id)) return;
      if (message) await this.#transport.send(message);
    }
    this.#open.delete(id);
  }
}

const tooMany = ({ id }: TaskListen): JSONRPCMessage => ({
  jsonrpc: '2.0',
  id,
  error: { code: INTERNAL_ERROR, message: `there are ${LISTENS_MAX} subscriptions to tasks already` },
});
