import { Agent, request } from 'node:http';
import { taskId } from '../tasks.ts';
import { program } from './program.ts';
import { timedSending } from './timed-sending.ts';
import type { TimedSending } from './timed-sending.ts';

export interface HttpLoadParams {
  /** Such as `http://127.0.0.1:16080`. */
  readonly address: string;
  readonly key: string;
  readonly method: 'GET' | 'POST';
  /** GET: ids are those of `taskId`, from 0. */
  readonly ids: number;
  readonly connections: number;
  /** Milliseconds: first until the code is warm, then measured. */
  readonly warmUpMs: number;
  readonly ms: number;
}

export type HttpLoadResult = TimedSending;

const TASK = JSON.stringify({ type: 'bench.nothing', payload: { a: 'some text of a task', b: 1 } });

/** Requests on so many connections, each as soon as the one before it was answered. */
program(async (params: HttpLoadParams, { ready, go }): Promise<HttpLoadResult> => {
  const agent = new Agent({ keepAlive: true, maxSockets: params.connections });
  const headers = {
    authorization: `Bearer ${params.key}`,
    ...(params.method === 'POST' && { 'content-type': 'application/json', 'content-length': TASK.length }),
  };
  const { hostname, port } = new URL(params.address);
  const send = (target: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const sent = request(
        { agent, hostname, port, path: target, method: params.method, headers },
        (answer) => {
          const { statusCode = 0 } = answer;
          answer
            .resume()
            .once('end', () => (statusCode < 300 ? resolve() : reject(new Error(`answered ${statusCode}`))));
        },
      );
      sent.once('error', reject);
      sent.end(params.method === 'POST' ? TASK : undefined);
    });
  let next = 0;
  const target = (): string =>
    params.method === 'POST' ? '/api/v1/tasks' : `/api/v1/tasks/${taskId(next++ % params.ids)}`;
  ready();
  await go;
  const senders = Array.from({ length: params.connections }, () => () => send(target()));
  const result = await timedSending(senders, params);
  agent.destroy();
  return result;
});
