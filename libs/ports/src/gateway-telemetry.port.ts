import type { EpochMs } from '@precedent/kernel';

/** A request that is being answered, as its trace names it. */
export interface RequestSpan {
  /** W3C trace context of what is behind the request. */
  readonly traceparent: string;
}

/** What every request has, when it is over. */
interface Request {
  /** When it began. */
  readonly at: EpochMs;
  /** How long it took; a stream: for how long it was open. */
  readonly ms: number;
  /** Absent where it is not traced. */
  readonly span: RequestSpan | undefined;
}

/** What the gateway reports of itself. What each is for is in `gateway-telemetry.table.ts`. */
export type GatewayTelemetryEvent =
  | (Request & {
      readonly name: 'http.request';
      readonly method: string;
      /** The template of the path; empty where there is no route. */
      readonly route: string;
      readonly status: number;
    })
  | (Request & {
      readonly name: 'rpc.call';
      /** Such as `precedent.v1.TaskService/GetTaskStatus`. */
      readonly method: string;
      /** Such as `OK` and `NOT_FOUND`. */
      readonly code: string;
    })
  | (Request & {
      readonly name: 'mcp.request';
      /** Such as `tools/call`. */
      readonly method: string;
      /** The tool that is called; absent for other methods, and for a tool that there is not. */
      readonly tool: string | undefined;
      /** `tool_error`, where the result of a tool is an error; the status of HTTP, where the request was refused. */
      readonly error: string | undefined;
    })
  | { readonly name: 'request.limited'; readonly limit: RequestLimit }
  | { readonly name: 'streams.open'; readonly count: number }
  | { readonly name: 'stream.gap' };

/** `rate`: requests or refused credentials in a window. `in_flight` and `streams`: at the same time. */
export type RequestLimit = 'rate' | 'in_flight' | 'streams';

export interface GatewayTelemetry {
  emit(event: GatewayTelemetryEvent): void;
  /** Begins the span of a request, below that of its client. `undefined`: it is not traced, and what the client sent is passed on. */
  begin(traceparent: string | undefined): RequestSpan | undefined;
}

export const silentGateway: GatewayTelemetry = { emit: () => undefined, begin: () => undefined };
