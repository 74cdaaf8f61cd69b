import { Agent, request } from 'node:http';
import { program } from './program.ts';

export interface McpLoadParams {
  /** Such as `http://127.0.0.1:16082/mcp`. */
  readonly url: string;
  readonly key: string;
  readonly connections: number;
  /** Milliseconds: first until the code is warm, then measured. */
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface McpLoadResult {
  readonly answers: number;
  readonly ms: number;
  /** Of each answer, in milliseconds. */
  readonly times: readonly number[];
}

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
  let isOver = false;
  let times: number[] = [];
  const sendOnAndOn = async (): Promise<void> => {
    while (!isOver) {
      const at = performance.now();
      await send();
      times.push(performance.now() - at);
    }
  };
  ready();
  await go;
  const sending = Promise.all(Array.from({ length: params.connections }, sendOnAndOn));
  await passed(params.warmUpMs, sending);
  times = [];
  const startedAt = performance.now();
  await passed(params.ms, sending);
  const result = { answers: times.length, ms: performance.now() - startedAt, times: [...times] };
  isOver = true;
  await sending;
  agent.destroy();
  return result;
});

/** Resolves after `ms`; rejects at once when `sending` does. */
const passed = (ms: number, sending: Promise<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    sending.catch(reject);
  });
