import { Agent, request } from 'node:http';
import { taskId } from '../tasks.ts';
import { program } from './program.ts';

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

export interface HttpLoadResult {
  readonly answers: number;
  /** Those of the warm-up too. */
  readonly all: number;
  readonly ms: number;
  /** Of each answer, in milliseconds. */
  readonly times: readonly number[];
}

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
  let [next, isOver] = [0, false];
  let times: number[] = [];
  let all = 0;
  const sendOnAndOn = async (): Promise<void> => {
    while (!isOver) {
      const at = performance.now();
      const target =
        params.method === 'POST' ? '/api/v1/tasks' : `/api/v1/tasks/${taskId(next++ % params.ids)}`;
      await send(target);
      times.push(performance.now() - at);
      all++;
    }
  };
  ready();
  await go;
  const sending = Promise.all(Array.from({ length: params.connections }, sendOnAndOn));
  await passed(params.warmUpMs, sending);
  times = [];
  const startedAt = performance.now();
  await passed(params.ms, sending);
  const result = { answers: times.length, all, ms: performance.now() - startedAt, times: [...times] };
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
