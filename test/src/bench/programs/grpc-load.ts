import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { toBinary } from '@bufbuild/protobuf';
import { methodNamed, protoMessageOf, serviceNamed } from '@precedent/grpc/reference';
import { program } from './program.ts';
import { timedSending } from './timed-sending.ts';
import type { TimedSending } from './timed-sending.ts';

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

export type GrpcLoadResult = Omit<TimedSending, 'all'>;

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
  ready();
  await go;
  const perSession = params.calls / params.connections;
  const senders = sessions.flatMap((session) =>
    Array.from({ length: perSession }, () => () => call(session)),
  );
  const { answers, ms, times } = await timedSending(senders, params);
  for (const session of sessions) session.close();
  return { answers, ms, times };
});
