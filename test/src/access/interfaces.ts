import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { ConnectError } from '@connectrpc/connect';
import type { Operation, OperationName } from '@precedent/contracts';
import { registry } from '@precedent/grpc/reference';
import { ROUTED } from '@precedent/http';
import { hasErrorName } from '@precedent/kernel';
import { TOOLS } from '@precedent/mcp/reference';
import { rpcClient } from '../grpc/rpc-client.ts';
import type { RpcClient } from '../grpc/rpc-client.ts';
import type { AKey, Raw } from './access-server.ts';
import type { closedCell } from './closed-cell.ts';

export type ClosedCell = Awaited<ReturnType<typeof closedCell>>;

export interface Call {
  readonly key: AKey;
  /** That the caller speaks for. */
  readonly namespace: string;
  readonly operation: Pick<Operation, 'group' | 'verb'>;
  readonly request: object;
}

export interface Outcome {
  /** `answered`, or the code of the refusal. */
  readonly code: string;
  /** All that came back. */
  readonly text: string;
}

/** One way into a cell, such as NATS: the same callers may do the same over each. */
export interface Interface {
  readonly name: string;
  /** How many of the targets each caller tries: its project, another project, another namespace. */
  readonly targets: number;
  /** Whether an operation is there; absent: all of them are. */
  readonly has?: (operation: Call['operation']) => boolean;
  /** Resolves also where the caller is refused. */
  readonly call: (call: Call) => Promise<Outcome>;
}

/** Over a connection with the key of the caller: what the server denies is refused as FORBIDDEN, as the SDK does. */
export const natsInterface = ({ root, connectAs }: ClosedCell): Interface => {
  const connections = new Map<string, Promise<Raw>>();
  const connectionOf = (key: AKey): Promise<Raw> => {
    const made = connections.get(key.id) ?? connectAs(key);
    connections.set(key.id, made);
    return made;
  };
  return {
    name: 'NATS',
    targets: 3,
    call: async (call) => {
      try {
        return await requested(await connectionOf(call.key), root, call);
      } catch (error) {
        if (hasErrorName(error, 'PermissionViolationError'))
          return { code: 'FORBIDDEN', text: String(error) };
        throw error;
      }
    },
  };
};

/**
 * Over a connection that may publish everything: what the services refuse by themselves. They are alone where a key has grants in more
 * than a thousand namespaces.
 */
export const serviceInterface = ({ root, nc }: ClosedCell): Interface => ({
  name: 'the services alone',
  targets: 1,
  call: (call) => requested(nc, root, call),
});

const TIMEOUT_MS = 20_000;

const requested = async (nc: Raw, root: string, { key, namespace, operation, request }: Call) => {
  const subject = `${root}.ns.${namespace}.${restOf(operation)}.${key.id}`;
  const reply = await nc.request(subject, JSON.stringify(request), { timeout: TIMEOUT_MS });
  return outcomeIn(reply.string());
};

/** The last token of a submission is its band. */
const restOf = ({ group, verb }: Call['operation']): string =>
  group === 'submit' ? 'submit.low' : `${group}.${verb}`;

/** A failed task has an error too, and an id. */
const outcomeIn = (text: string): Outcome => {
  const { error, id } = JSON.parse(text) as {
    readonly error?: { readonly code: string };
    readonly id?: string;
  };
  return { code: error === undefined || id !== undefined ? 'answered' : error.code, text };
};

/** With the key of the caller in a header, at the routes of the operations. */
export const httpInterface = ({ http }: ClosedCell): Interface => ({
  name: 'HTTP',
  targets: 1,
  call: async ({ key, namespace, operation, request }) => {
    const name = `${operation.group}.${operation.verb}`;
    const { method, path } = ROUTED.find((one) => one.name === name) ?? { method: '', path: '' };
    const { place, left } = filled(path, request as Readonly<Record<string, unknown>>);
    const isInBody = method === 'POST';
    const query = new URLSearchParams({ namespace, ...(isInBody ? {} : textsOf(left)) });
    if (operation.group === 'submit') query.set('band', 'low');
    const response = await fetch(`${http}/api/v1${place}?${query.toString()}`, {
      method,
      headers: {
        authorization: `Bearer ${key.text}`,
        ...(isInBody && { 'content-type': 'application/json' }),
      },
      ...(isInBody && { body: JSON.stringify(left) }),
    });
    const text = await response.text();
    if (response.ok) return { code: 'answered', text };
    return { code: (JSON.parse(text) as { readonly code: string }).code, text };
  },
});

type Fields = Readonly<Record<string, unknown>>;

/** The path with its fields, and the other ones. */
const filled = (path: string, request: Fields): { readonly place: string; readonly left: Fields } => {
  const inPath = new Set([...path.matchAll(/\{(\w+)\}/g)].map(([, field = '']) => field));
  const place = path.replaceAll(/\{(\w+)\}/g, (_, field: string) =>
    encodeURIComponent(String(request[field])),
  );
  const left = Object.fromEntries(Object.entries(request).filter(([field]) => !inPath.has(field)));
  return { place, left };
};

const textsOf = (fields: Fields): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );

/** By the tools for agents, with the key of the caller. What is no tool is not called. */
export const mcpInterface = ({ mcp }: ClosedCell): Interface => {
  const clients = new Map<string, Promise<Client>>();
  const clientOf = (key: AKey): Promise<Client> => {
    const made = clients.get(key.id) ?? connectAgent(mcp, key);
    clients.set(key.id, made);
    return made;
  };
  return {
    name: 'MCP',
    targets: 1,
    has: ({ group, verb }) => typeof toolOf(group, verb) === 'string',
    call: async ({ key, namespace, operation, request }) => {
      const client = await clientOf(key);
      const band = operation.group === 'submit' ? { band: 'low' } : {};
      const result = await client.callTool({
        name: toolOf(operation.group, operation.verb) as string,
        arguments: { ...request, ...band, namespace },
      });
      const text = JSON.stringify(result);
      const { error } = result.structuredContent as { readonly error?: { readonly code: string } };
      return { code: error === undefined ? 'answered' : error.code, text };
    },
  };
};

const toolOf = (group: string, verb: string): unknown => TOOLS[`${group}.${verb}` as keyof typeof TOOLS];

const connectAgent = async (url: string, { text }: AKey): Promise<Client> => {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const requestInit = { headers: { authorization: `Bearer ${text}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
  // The list says which arguments the client has to repeat in headers.
  await client.listTools();
  return client;
};

/** With the key of the caller in the metadata of each call. */
export const grpcInterface = ({ grpc }: ClosedCell): Interface => {
  const clients = new Map<string, RpcClient>();
  const clientOf = (key: AKey): RpcClient => {
    const made = clients.get(key.id) ?? rpcClient(grpc, key.text);
    clients.set(key.id, made);
    return made;
  };
  return {
    name: 'gRPC',
    targets: 1,
    call: async ({ key, namespace, operation: { group, verb }, request }) => {
      const band = group === 'submit' ? { band: 'low' } : {};
      try {
        const fields = { namespace, ...band, ...request };
        const reply = await clientOf(key).call(`${group}.${verb}` as OperationName, fields);
        return { code: 'answered', text: JSON.stringify(reply) };
      } catch (error) {
        if (error instanceof ConnectError) return { code: reasonOf(error), text: error.message };
        throw error;
      }
    },
  };
};

const reasonOf = (error: ConnectError): string => {
  const info = error.findDetails(registry()).find((one) => one.$typeName === 'google.rpc.ErrorInfo');
  return (info as unknown as { readonly reason: string } | undefined)?.reason ?? error.message;
};
