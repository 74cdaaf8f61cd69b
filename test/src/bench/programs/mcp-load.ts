import { Agent, request } from 'node:http';
import { program } from './program.ts';
import { timedSending } from './timed-sending.ts';
import type { TimedSending } from './timed-sending.ts';

export interface McpLoadParams {
  /** Such as `http://127.0.0.1:16082/mcp`. */
  readonly url: string;
  readonly key: string;
  readonly connections: number;
  /** Milliseconds: first until the code is warm, then measured. */
  readonly warmUpMs: number;
  readonly ms: number;
}

export type McpLoadResult = Omit<TimedSending, 'all'>;

const BODY = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: {
    name: 'submit_task',
    arguments: { type: 'bench.nothing', payload: { a: 'some text of a task', b: 1 }, wait: 0 },
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': { extensions: { 'io.modelcontextprotocol/tasks': {} } },
    },
  },
});

/** Calls on so many connections, each as soon as the one before it was answered with a task. */
program(async (params: McpLoadParams, { ready, go }): Promise<McpLoadResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: params.connections });
  const headers = {
    authorization: `Bearer ${params.key}`,
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    'content-length': BODY.length,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'submit_task',
  };
  const send = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = request(params.url, { agent, method: 'POST', headers }, (answer) => {
        let text = '';
        answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        answer.once('end', () =>
          text.includes('"resultType":"task"') ? resolve() : reject(new Error(`answered ${text}`)),
        );
      });
      sent.once('error', reject);
      sent.end(BODY);
    });
  ready();
  await go;
  const senders = Array.from({ length: params.connections }, () => send);
  const { answers, ms, times } = await timedSending(senders, params);
  agent.destroy();
  return { answers, ms, times };
});
