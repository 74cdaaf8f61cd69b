import type { GatewayTelemetryEvent } from './gateway-telemetry.port.ts';
import type { EventNotes } from './telemetry.table.ts';

type FieldsOf<Event> = Exclude<keyof Event, 'name'> & string;

type Table = {
  readonly [Name in GatewayTelemetryEvent['name']]: EventNotes<
    FieldsOf<Extract<GatewayTelemetryEvent, { readonly name: Name }>>
  >;
};

const REQUEST = {
  at: 'when it began',
  ms: 'how long it took; a stream: for how long it was open',
  span: 'its span, where it is traced',
};

/** Every event of the gateway in words. `docs/telemetry.md` is made from it. */
export const GATEWAY_EVENTS: Table = {
  'http.request': {
    when: 'A request over HTTP is answered.',
    fields: {
      ...REQUEST,
      method: 'GET, POST or DELETE',
      route: 'the template of its path',
      status: 'the status',
    },
  },
  'rpc.call': {
    when: 'A call over gRPC, gRPC-Web or Connect is answered.',
    fields: { ...REQUEST, method: 'service and method', code: 'the code of its status' },
  },
  'mcp.request': {
    when: 'A request over MCP is answered.',
    fields: {
      ...REQUEST,
      method: 'the method of the protocol',
      tool: 'the tool that is called',
      error: '`tool_error`, or the status of HTTP with which it was refused',
    },
  },
  'request.limited': {
    when: 'A request was refused by a limit.',
    fields: { limit: '`rate`, `in_flight` or `streams`' },
  },
  'streams.open': {
    when: 'A stream was opened or closed.',
    fields: { count: 'streams that are open, over all interfaces' },
  },
  'stream.gap': { when: 'A stream of events states that some are not known any more.', fields: {} },
};
