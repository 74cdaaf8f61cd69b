import type { Message } from '@bufbuild/protobuf';
import { createClient } from '@connectrpc/connect';
import type { CallOptions, Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import {
  GRPC_OPERATIONS,
  jsonOf,
  protoMessageOf,
  methodNamed,
  serviceNamed,
} from '@precedent/grpc/reference';
import type { OperationName } from '@precedent/contracts';

type Fields = Readonly<Record<string, unknown>>;
type AnyClient = Readonly<Record<string, (request: unknown, options?: CallOptions) => unknown>>;

/** A client of every operation that takes and gives JSON, as the other interfaces do. */
export interface RpcClient {
  call(name: OperationName, request: Fields): Promise<unknown>;
  submitAll(tasks: AsyncIterable<Fields>): AsyncIterable<Fields>;
  /** The events of one task. */
  watch(request: Fields): AsyncIterable<Fields>;
}

export const rpcClient = (url: string, key: string, more: object = {}): RpcClient => {
  const transport: Transport = createGrpcTransport({ baseUrl: url, ...more });
  const headers = { authorization: `Bearer ${key}` };
  const clientOf = (service: string): AnyClient =>
    createClient(serviceNamed(`precedent.v1.${service}`), transport) as unknown as AnyClient;
  return {
    call: async (name, request) => {
      const one = GRPC_OPERATIONS.find((operation) => operation.name === name);
      if (!one) throw new Error(`there is no ${name}`);
      const desc = methodNamed(serviceNamed(`precedent.v1.${one.service}`), one.method);
      const message = protoMessageOf(desc.input, one.takesTask ? { task: request } : request);
      const reply = (await clientOf(one.service)[desc.localName]?.(message, { headers })) as Message;
      return jsonOf(desc.output, reply)[desc.output.fields[0]?.jsonName ?? ''];
    },
    async *watch(request) {
      const desc = methodNamed(serviceNamed('precedent.v1.HistoryService'), 'WatchTask');
      const message = protoMessageOf(desc.input, request);
      const replies = clientOf('HistoryService')['watchTask']?.(message, { headers });
      for await (const reply of replies as AsyncIterable<Message>) yield jsonOf(desc.output, reply);
    },
    async *submitAll(tasks) {
      const desc = methodNamed(serviceNamed('precedent.v1.TaskService'), 'SubmitTasks');
      const requests = async function* (): AsyncGenerator<Message> {
        for await (const task of tasks) yield protoMessageOf(desc.input, { task });
      };
      const replies = clientOf('TaskService')['submitTasks']?.(requests(), { headers });
      for await (const reply of replies as AsyncIterable<Message>) yield jsonOf(desc.output, reply);
    },
  };
};
