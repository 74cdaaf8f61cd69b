import { fromJson } from '@bufbuild/protobuf';
import type { JsonObject, Message } from '@bufbuild/protobuf';
import { ConnectError, createClient } from '@connectrpc/connect';
import type { CallOptions, Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { MemoryTaskEvents } from '@precedent/memory';
import type { OperationCall } from '@precedent/ports';
import { TEST_KEY, testListener } from '@precedent/web-server/testing';
import { jsonOf } from '../json-of.ts';
import { methodNamed, serviceNamed } from '../registry.ts';
import { openGrpcServer } from '../server.ts';
import type { GrpcServerOptions } from '../server.ts';

/** A client of any service: it has a function for each method. */
export type AnyClient = Readonly<Record<string, (request: unknown, options?: CallOptions) => unknown>>;

export const clientOf = (service: string, transport: Transport): AnyClient =>
  createClient(serviceNamed(service), transport) as unknown as AnyClient;

export const AUTHORIZATION = { authorization: `Bearer ${TEST_KEY}` };

/** A server with services that answer by a function, and the calls that reached them. `atEnd` gets what closes it. */
export const testServer = async (
  atEnd: (close: () => Promise<void>) => void,
  answer: (call: OperationCall) => unknown = () => ({}),
  more: Partial<GrpcServerOptions> = {},
) => {
  const { options, calls, faults } = testListener(answer);
  const health = { problem: () => undefined, isServing: () => Promise.resolve(true) };
  const server = await openGrpcServer({ ...options, health, events: new MemoryTaskEvents(), ...more });
  atEnd(() => server.close());
  const port = Number(new URL(server.url).port);
  return {
    calls,
    faults,
    server,
    port,
    url: server.url,
    transport: createGrpcTransport({ baseUrl: server.url }),
  };
};

/** Calls `<service>/<method>` with a request as JSON. */
export const callRpc = async (
  transport: Transport,
  name: string,
  request: JsonObject,
  options: CallOptions = {},
): Promise<Readonly<Record<string, unknown>>> => {
  const [service = '', method = ''] = name.split('/');
  const desc = methodNamed(serviceNamed(`precedent.v1.${service}`), method);
  const client = clientOf(`precedent.v1.${service}`, transport);
  const message = fromJson(desc.input, request, { ignoreUnknownFields: true });
  const headers = { ...AUTHORIZATION, ...(options.headers as Record<string, string>) };
  const reply = await client[desc.localName]?.(message, { ...options, headers });
  return jsonOf(desc.output, reply as Message);
};

/** The error with which a call fails. */
export const errorFrom = async (work: Promise<unknown>): Promise<ConnectError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ConnectError) return error;
  throw new Error(`no ConnectError: ${String(error)}`);
};
