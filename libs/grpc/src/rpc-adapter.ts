import { Code, ConnectError, createConnectRouter } from '@connectrpc/connect';
import type { ConnectRouter, ConnectRouterOptions, ContextValues } from '@connectrpc/connect';
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from '@connectrpc/connect-node';
import type { GatewayTelemetry } from '@precedent/ports';
import { observedCall } from './observed-call.ts';
import type { ObservedCall } from './observed-call.ts';
import type { AnyRequest, AnyResponse, RequestListener } from './transport.ts';

export interface RpcAdapterOptions extends ConnectRouterOptions {
  readonly routes: (router: ConnectRouter) => void;
  readonly contextValues: (request: AnyRequest) => ContextValues;
  readonly telemetry: GatewayTelemetry;
}

const COMPRESSION = [compressionGzip, compressionBrotli];

/**
 * Answers calls as the adapter of the library does, and ends those that this leaves open: it writes a line and no answer where the status of
 * a call cannot be written, as for a request in JSON with half a character.
 */
export const rpcAdapter = ({
  routes,
  contextValues,
  telemetry,
  ...options
}: RpcAdapterOptions): RequestListener => {
  const router = createConnectRouter({ acceptCompression: COMPRESSION, ...options });
  routes(router);
  const handlers = new Map(router.handlers.map((one) => [one.requestPath, one]));
  const answer = async (request: AnyRequest, response: AnyResponse): Promise<void> => {
    const handle = handlers.get(request.url?.split('?', 2)[0] ?? '');
    if (handle === undefined) return end(response, NOT_FOUND);
    const values = contextValues(request);
    const observed = observedCall(
      { request, response, values, method: handle.requestPath.slice(1) },
      telemetry,
    );
    const call = universalRequestFromNodeRequest(request, response, undefined, values);
    await universalResponseToNodeResponse(judged(await handle(call), observed), response);
  };
  return (request, response) =>
    void answer(request, response).catch((error: unknown) => endFailed(error, request, response));
};

type Answer = Parameters<typeof universalResponseToNodeResponse>[0];

/** What the library says of a message that it cannot read, as it is in a trailer. */
const UNREADABLE_TEXT = /^(parse%20binary|received%20compressed)/;

/** gRPC has INTERNAL for a message that cannot be read. That would count as a fault of ours. The trailer is complete when it is read, after the body. */
const judged = (answer: Answer, observed: ObservedCall): Answer => {
  const { trailer } = answer;
  if (trailer === undefined) return answer;
  observed.trailer = trailer;
  return {
    ...answer,
    get trailer() {
      const isUnreadable =
        trailer.get('grpc-status') === INTERNAL && UNREADABLE_TEXT.test(trailer.get('grpc-message') ?? '');
      if (isUnreadable) trailer.set('grpc-status', INVALID_ARGUMENT);
      return trailer;
    },
  };
};

const [INTERNAL, INVALID_ARGUMENT] = [String(Code.Internal), String(Code.InvalidArgument)];
const [OK, BAD_REQUEST, NOT_FOUND] = [200, 400, 404];

/** A status of gRPC that stands alone. */
const UNREADABLE = {
  'content-type': 'application/grpc',
  'grpc-status': INVALID_ARGUMENT,
  'grpc-message': 'the request cannot be read',
};

const endFailed = (error: unknown, { headers }: AnyRequest, response: AnyResponse): void => {
  if (response.headersSent || ConnectError.from(error).code === Code.Aborted) return void response.destroy();
  if (headers['content-type']?.startsWith('application/grpc') !== true) return end(response, BAD_REQUEST);
  for (const [name, value] of Object.entries(UNREADABLE)) response.setHeader(name, value);
  return end(response, OK);
};

const end = (response: AnyResponse, status: number): void => {
  response.statusCode = status;
  response.end();
};
