import { createServer } from 'node:http2';
import { toBinary } from '@bufbuild/protobuf';
import type { Message } from '@bufbuild/protobuf';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@precedent/client';
import { methodNamed, protoMessageOf, serviceNamed } from '@precedent/grpc/reference';
import { program } from './program.ts';

export interface PlainGrpcParams {
  readonly url: string;
  readonly port: number;
}

/** A server with nothing to do: it appends what is submitted to a stream, and answers. */
program(async ({ url, port }: PlainGrpcParams, { ready, stop }): Promise<void> => {
  const client = await connect({ servers: url, name: 'bench-plain-grpc' });
  const manager = await jetstreamManager(client.link);
  await manager.streams.add({ name: 'PLAIN', subjects: ['plain'], storage: 'file' });
  const stream = jetstream(client.link);
  const method = methodNamed(serviceNamed('precedent.v1.TaskService'), 'SubmitPriorityTask');
  const submit = async (request: Message): Promise<Message> => {
    const { seq } = await stream.publish('plain', toBinary(method.input, request));
    return protoMessageOf(method.output, { accepted: { id: `${seq}`, seq } });
  };
  const routes = connectNodeAdapter({ routes: (router) => void router.rpc(method, submit as never) });
  const server = createServer(routes).listen(port, '127.0.0.1');
  server.once('listening', ready);
  await stop;
  server.close();
  await client.close();
});
