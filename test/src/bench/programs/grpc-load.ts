import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { toBinary } from '@bufbuild/protobuf';
import { methodNamed, protoMessageOf, serviceNamed } from '@precedent/grpc/reference';
import { program } from './program.ts';

export interface GrpcLoadParams {
  /** Such as `http://127.0.0.1:16081`. */
  readonly address: string;
  readonly key: string;
  readonly connections: number;
  /** Calls at the same time, of all connections. */
  readonly calls: number;
  /** Milliseconds: first until the code is warm, then measured. */
  readonly warmUpMs: number;
  readonly ms: number;
}

export interface GrpcLoadResult {
  readonly answers: number;
  readonly ms: number;
  /** Of each answer, in milliseconds. */
  readonly times: readonly number[];
}

const TASK = { type: 'bench.nothing', payload: { a: 'some text of a task', b: 1 } };

/** A length-prefixed message: a client that encodes each would measure itself. */
const frame = (): Buffer => {
  const { input } = methodNamed(serviceNamed('precedent.v1.TaskService'), 'SubmitPriorityTask');
  const message = toBinary(input, protoMessageOf(input, { task: TASK }));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
};

/** So many calls at a time, each as soon as the one before it was answered. */
program(async (params: GrpcLoadParams, { ready, go }): Promise<GrpcLoadResult> => {
  const body = frame();
  const sessions = Array.from({ length: params.connections }, () => connect(params.address));
  const headers = {
    ':method': 'POST',
    ':path': '/precedent.v1.TaskService/SubmitPriorityTask',
    'content-type': 'application/grpc',
    te: 'trailers',
    authorization: `Bearer ${params.key}`,
  };
  const call = (session: ClientHttp2Session): Promise<void> =>
    new Promise((resolve, reject) => {
      const stream = session.request(headers);
      let status = 'none';
      stream.on('trailers', (trailers) => (status = String(trailers['grpc-status'])));
      stream.once('error', reject);
      stream.once('close', () => (status === '0' ? resolve() : reject(new Error(`grpc-status ${status}`))));
      stream.resume();
      stream.end(body);
    });
  let isOver = false;
  let times: number[] = [];
  const callOnAndOn = async (session: ClientHttp2Session): Promise<void> => {
    while (!isOver) {
      const at = performance.now();
      await call(session);
      times.push(performance.now() - at);
    }
  };
  ready();
  await go;
  const perSession = params.calls / params.connections;
  const calling = Promise.all(
    sessions.flatMap((session) => Array.from({ length: perSession }, () => callOnAndOn(session))),
  );
  await passed(params.warmUpMs, calling);
  times = [];
  const startedAt = performance.now();
  await passed(params.ms, calling);
  const result = { answers: times.length, ms: performance.now() - startedAt, times: [...times] };
  isOver = true;
  await calling;
  for (const session of sessions) session.close();
  return result;
});

/** Resolves after `ms`; rejects at once when `calling` does. */
const passed = (ms: number, calling: Promise<unknown>): Promise<void> =>
  new Promise((resolve, reject) => {
    setTimeout(resolve, ms);
    calling.catch(reject);
  });
